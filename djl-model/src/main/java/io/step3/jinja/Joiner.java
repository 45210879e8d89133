package io.step3.jinja;

/** {@code joiner(', ')}: nothing when it is called first, the separator ever after. */
final class Joiner implements Callable {

    private final Object separator;
    private boolean used;

    Joiner(Budget budget, Arguments arguments) {
        Object given = arguments.bind("joiner", "sep")[0];
        separator = given == null ? ", " : given;
        budget.keep(budget.bytes(separator));
    }

    @Override
    public Object call(Budget budget, Arguments arguments) {
        arguments.bind("joiner");
        boolean first = !used;
        used = true;
        return first ? "" : separator;
    }
}
