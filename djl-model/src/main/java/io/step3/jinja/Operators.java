package io.step3.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What operators do with two values. */
final class Operators {

    private Operators() {}

    static Object sign(boolean minus, Object operand) {
        if (operand instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        if (!Numbers.is(operand)) {
            throw TemplateException.value(
                    "bad operand type for unary %s: '%s'"
                            .formatted(minus ? "-" : "+", Types.name(operand)));
        }
        if (minus) {
            return Numbers.negate(operand);
        }
        return operand instanceof Boolean truth ? (Object) (truth ? 1L : 0L) : operand;
    }

    static Object apply(Budget budget, String operator, Object left, Object right) {
        if (operator.equals("%") && Types.isText(left)) {
            return PercentFormat.format(budget, left, right);
        }
        if (left instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        if (Numbers.is(left) && Numbers.is(right)) {
            return switch (operator) {
                case "+" -> Numbers.add(budget, left, right);
                case "-" -> Numbers.subtract(budget, left, right);
                case "*" -> Numbers.multiply(budget, left, right);
                case "/" -> Numbers.divide(left, right);
                case "//" -> Numbers.floorDivide(budget, left, right);
                case "%" -> Numbers.modulo(budget, left, right);
                default -> Numbers.power(budget, left, right);
            };
        }
        Object result =
                switch (operator) {
                    case "+" -> join(budget, left, right);
                    case "*" ->
                            Numbers.isWhole(right)
                                    ? repeat(budget, left, right)
                                    : Numbers.isWhole(left) ? repeat(budget, right, left) : null;
                    default -> null;
                };
        if (result == null) {
            throw TemplateException.value(mismatch(operator, left, right));
        }
        return result;
    }

    private static String mismatch(String operator, Object left, Object right) {
        if (operator.equals("+") && (Types.isText(left) || left instanceof Sequence)) {
            String type = Types.isText(left) ? "str" : Types.name(left);
            return "can only concatenate %s (not \"%s\") to %s"
                    .formatted(type, Types.name(right), type);
        }
        return "unsupported operand type(s) for %s: '%s' and '%s'"
                .formatted(operator, Types.name(left), Types.name(right));
    }

    /** The sum of two texts or lists; null where they are none. */
    private static @Nullable Object join(Budget budget, Object left, Object right) {
        if (Types.isText(left) && Types.isText(right)) {
            if (left instanceof Markup || right instanceof Markup) {
                return new Markup(
                        join(
                                budget,
                                Markup.escape(budget, left).text(),
                                Markup.escape(budget, right).text()));
            }
            return join(budget, (String) left, (String) right);
        }
        if (left instanceof Sequence first
                && right instanceof Sequence second
                && first.isTuple() == second.isTuple()) {
            budget.take(8L * (first.size() + second.size()));
            List<Object> items = new ArrayList<>(first.size() + second.size());
            items.addAll(first.items());
            items.addAll(second.items());
            return Sequence.of(
                    budget, first.isTuple() ? Sequence.Kind.TUPLE : Sequence.Kind.LIST, items);
        }
        return null;
    }

    private static String join(Budget budget, String left, String right) {
        budget.write((long) left.length() + right.length());
        return left.concat(right);
    }

    /** A text or list so many times; null where it is none. */
    private static @Nullable Object repeat(Budget budget, Object value, Object times) {
        if (times instanceof BigInteger) {
            throw TemplateException.value("cannot fit 'int' into an index-sized integer");
        }
        long count = Math.max(0, Indexes.size(times));
        if (value instanceof Markup markup) {
            return new Markup((String) repeat(budget, markup.text(), times));
        }
        if (value instanceof String text) {
            budget.write(count * text.length());
            return text.repeat(text.isEmpty() ? 0 : (int) count);
        }
        if (value instanceof Sequence sequence) {
            budget.spend(count * sequence.size());
            budget.take(count * sequence.size() * 8);
            List<Object> items = new ArrayList<>();
            for (long i = 0; i < count && sequence.size() > 0; i++) {
                items.addAll(sequence.items());
            }
            return Sequence.of(
                    budget, sequence.isTuple() ? Sequence.Kind.TUPLE : Sequence.Kind.LIST, items);
        }
        return null;
    }

    static boolean compare(Budget budget, String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> Equality.equal(budget, left, right);
            case "!=" -> !Equality.equal(budget, left, right);
            case "in" -> in(budget, left, right);
            case "not in" -> !in(budget, left, right);
            default -> ordered(budget, operator, left, right);
        };
    }

    private static boolean ordered(Budget budget, String operator, Object left, Object right) {
        if (left instanceof DictView || right instanceof DictView) {
            throw TemplateException.value("views of a dict are not compared in templates");
        }
        int order = Equality.compare(budget, operator, left, right);
        if (Numbers.isNan(left) || Numbers.isNan(right)) {
            return false;
        }
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /** {@code value in container}. */
    static boolean in(Budget budget, Object value, Object container) {
        return switch (container) {
            case String text -> inText(budget, value, text);
            case Markup markup -> inText(budget, value, markup.text());
            case Dict dict -> dict.has(budget, value);
            case DictView view when view.kind() == DictView.Kind.KEYS ->
                    view.dict().has(budget, value);
            case Range range when Numbers.is(value) -> range.has(value);
            default -> {
                var items = Iteration.of(budget, container);
                while (items.hasNext()) {
                    budget.spend(1);
                    if (Equality.same(budget, items.next(), value)) {
                        yield true;
                    }
                }
                yield false;
            }
        };
    }

    private static boolean inText(Budget budget, Object value, String text) {
        if (!Types.isText(value)) {
            if (value instanceof Undefined undefined) {
                throw undefined.refuse();
            }
            throw TemplateException.value(
                    "'in <string>' requires string as left operand, not " + Types.name(value));
        }
        return TextSearch.first(budget, text, Types.text(value), 0, text.length()) >= 0;
    }
}
