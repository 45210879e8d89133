package io.step3.jinja;

import java.math.BigInteger;

/** What Python calls the values, and whether they are true. */
final class Types {

    private Types() {}

    static String name(Object value) {
        return switch (value) {
            case String text -> "str";
            case Markup markup -> "Markup";
            case Boolean truth -> "bool";
            case Long number -> "int";
            case BigInteger number -> "int";
            case Double number -> "float";
            case None none -> "NoneType";
            case Sequence sequence -> sequence.isTuple() ? "tuple" : "list";
            case Dict dict -> "dict";
            case DictView view -> view.typeName();
            case Range range -> "range";
            case Lazy lazy -> "generator";
            case Undefined undefined -> "Undefined";
            case Namespace namespace -> "Namespace";
            case Macro macro -> "Macro";
            case Loop loop -> "LoopContext";
            case Method method -> "builtin_function_or_method";
            default -> "function";
        };
    }

    static boolean isText(Object value) {
        return value instanceof String || value instanceof Markup;
    }

    /** The characters of a text. */
    static String text(Object text) {
        return text instanceof Markup markup ? markup.text() : (String) text;
    }

    static boolean truth(Budget budget, Object value) {
        return switch (value) {
            case Boolean truth -> truth;
            case String text -> !text.isEmpty();
            case Markup markup -> !markup.text().isEmpty();
            case Long number -> number != 0;
            case BigInteger number -> number.signum() != 0;
            case Double number -> number != 0;
            case None none -> false;
            case Undefined undefined -> false;
            case Sequence sequence -> sequence.size() > 0;
            case Dict dict -> dict.size() > 0;
            case DictView view -> view.size() > 0;
            case Range range -> range.size() > 0;
            case Loop loop -> loop.length(budget) > 0;
            default -> true;
        };
    }
}
