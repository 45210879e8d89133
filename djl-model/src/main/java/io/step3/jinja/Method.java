package io.step3.jinja;

/**
 * A method of a value, to be called.
 *
 * @param owner whose it is
 */
record Method(Object owner, String name) implements Callable {

    @Override
    public Object call(Budget budget, Arguments arguments) {
        return switch (owner) {
            case String text -> TextMethods.call(budget, text, name, arguments);
            case Markup markup -> MarkupMethods.call(budget, markup, name, arguments);
            case Loop loop -> loop.method(budget, name, arguments);
            case Cycler cycler -> cycler.method(name);
            default -> Methods.call(budget, owner, name, arguments);
        };
    }
}
