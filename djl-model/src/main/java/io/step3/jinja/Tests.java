package io.step3.jinja;

import java.util.Set;

/** The tests of Jinja: {@code value is name}. */
final class Tests {

    private static final Set<String> NAMES =
            Set.of(
                    "odd",
                    "even",
                    "divisibleby",
                    "defined",
                    "undefined",
                    "filter",
                    "test",
                    "none",
                    "boolean",
                    "false",
                    "true",
                    "integer",
                    "float",
                    "lower",
                    "upper",
                    "string",
                    "mapping",
                    "number",
                    "sequence",
                    "iterable",
                    "callable",
                    "sameas",
                    "escaped",
                    "in",
                    "==",
                    "eq",
                    "equalto",
                    "!=",
                    "ne",
                    ">",
                    "gt",
                    "greaterthan",
                    "ge",
                    ">=",
                    "<",
                    "lt",
                    "lessthan",
                    "<=",
                    "le");

    private Tests() {}

    static boolean has(String name) {
        return NAMES.contains(name);
    }

    static Object apply(Interpreter interpreter, String name, Object value, Arguments all) {
        Budget budget = interpreter.budget();
        return switch (name) {
            case "divisibleby" -> remainder(budget, value, all.one(name, "num"), 0);
            case "sameas" -> same(value, all.one(name, "other"));
            case "in" -> Operators.in(budget, value, all.one(name, "seq"));
            case "==", "eq", "equalto" -> compare(budget, "==", value, all);
            case "!=", "ne" -> compare(budget, "!=", value, all);
            case ">", "gt", "greaterthan" -> compare(budget, ">", value, all);
            case ">=", "ge" -> compare(budget, ">=", value, all);
            case "<", "lt", "lessthan" -> compare(budget, "<", value, all);
            case "<=", "le" -> compare(budget, "<=", value, all);
            default -> {
                if (!has(name)) {
                    throw TemplateException.value("there is no test named '" + name + "'");
                }
                all.bind(name);
                yield is(budget, name, value);
            }
        };
    }

    private static boolean compare(Budget budget, String operator, Object value, Arguments all) {
        return Operators.compare(budget, operator, value, all.one(operator, "/b"));
    }

    private static boolean remainder(Budget budget, Object value, Object by, long wanted) {
        Object remainder = Operators.apply(budget, "%", value, by);
        return Equality.equal(budget, remainder, wanted);
    }

    private static boolean same(Object value, Object other) {
        if (value instanceof Undefined || other instanceof Undefined) {
            return value == other;
        }
        boolean plain = Numbers.is(value) || value instanceof String;
        return plain ? value.equals(other) : value == other;
    }

    private static boolean is(Budget budget, String name, Object value) {
        return switch (name) {
            case "odd" -> remainder(budget, value, 2L, 1);
            case "even" -> remainder(budget, value, 2L, 0);
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "filter" ->
                    Equality.key(budget, value) instanceof String filter && Filters.has(filter);
            case "test" -> Equality.key(budget, value) instanceof String test && has(test);
            case "none" -> value == None.NONE;
            case "boolean" -> value instanceof Boolean;
            case "false" -> Boolean.FALSE.equals(value);
            case "true" -> Boolean.TRUE.equals(value);
            case "integer" -> Numbers.isWhole(value) && !(value instanceof Boolean);
            case "float" -> value instanceof Double;
            case "lower" -> Case.is(Repr.str(budget, value), "islower");
            case "upper" -> Case.is(Repr.str(budget, value), "isupper");
            case "string" -> Types.isText(value);
            case "mapping" -> value instanceof Dict;
            case "number" -> Numbers.is(value);
            case "sequence" ->
                    Types.isText(value)
                            || value instanceof Sequence
                            || value instanceof Dict
                            || value instanceof Range
                            || value instanceof Undefined;
            case "iterable" -> Iteration.isIterable(value);
            case "callable" -> value instanceof Callable || value instanceof Undefined;
            default -> value instanceof Markup;
        };
    }
}
