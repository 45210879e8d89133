package io.step3.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code cycler(a, b)}: its items in turn. */
final class Cycler {

    private final List<Object> items;
    private int at;

    Cycler(Budget budget, Arguments arguments) {
        items = arguments.positional();
        if (items.isEmpty()) {
            throw TemplateException.value("cycler() needs at least one item");
        }
        Sequence held = Sequence.of(budget, Sequence.Kind.TUPLE, items);
        budget.keep(held.bytes());
    }

    /** An attribute; null where there is none of that name. */
    @Nullable Object attribute(String name) {
        return switch (name) {
            case "next", "reset" -> new Method(this, name);
            case "current" -> items.get(at);
            case "pos" -> (long) at;
            default -> null;
        };
    }

    Object method(String name) {
        if (name.equals("reset")) {
            at = 0;
            return None.NONE;
        }
        Object item = items.get(at);
        at = (at + 1) % items.size();
        return item;
    }
}
