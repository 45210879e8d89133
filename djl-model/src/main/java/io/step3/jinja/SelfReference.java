package io.step3.jinja;

import org.jspecify.annotations.Nullable;

/** What a template calls {@code self}: its blocks, each to be written once more. */
record SelfReference(Interpreter interpreter) {

    /** The block of a name, or null. */
    @Nullable Callable block(String name) {
        return interpreter.hasBlock(name)
                ? (budget, arguments) -> {
                    arguments.bind(name);
                    return interpreter.block(name);
                }
                : null;
    }
}
