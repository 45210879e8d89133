package io.step3.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's {@code ==}, {@code <} and hash. */
final class Equality {

    private Equality() {}

    /**
     * A tuple as a key. Comparable, so that a map of keys with equal hashes is still quick.
     *
     * @param keys the keys of its items
     */
    private record TupleKey(List<Object> keys) implements Comparable<TupleKey> {

        @Override
        public int compareTo(TupleKey other) {
            for (int i = 0; i < keys.size() && i < other.keys.size(); i++) {
                int order = compareKeys(keys.get(i), other.keys.get(i));
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(keys.size(), other.keys.size());
        }

        private static int compareKeys(Object a, Object b) {
            int order = a.getClass().getName().compareTo(b.getClass().getName());
            if (order != 0) {
                return order;
            }
            return switch (a) {
                case String text -> text.compareTo((String) b);
                case Long number -> number.compareTo((Long) b);
                case Double number -> number.compareTo((Double) b);
                case BigInteger number -> number.compareTo((BigInteger) b);
                case TupleKey tuple -> tuple.compareTo((TupleKey) b);
                default -> Integer.compare(a.hashCode(), b.hashCode());
            };
        }
    }

    /**
     * What stands for a value in a Java map: equal where Python's values are equal and hash alike.
     */
    static Object key(Budget budget, Object value) {
        return switch (value) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Boolean truth -> truth ? 1L : 0L;
            case BigInteger number -> Numbers.shrink(number);
            case Double number -> {
                if (number == Math.rint(number) && !Double.isInfinite(number)) {
                    yield Numbers.shrink(Numbers.toInteger(number));
                }
                yield number;
            }
            case Sequence tuple when tuple.isTuple() -> {
                budget.spend(tuple.weight().weight());
                List<Object> keys = new ArrayList<>(tuple.size());
                for (Object item : tuple) {
                    keys.add(key(budget, item));
                }
                yield new TupleKey(keys);
            }
            case Sequence list -> throw unhashable(list);
            case Dict dict -> throw unhashable(dict);
            case Undefined undefined -> Undefined.class;
            default -> value;
        };
    }

    private static TemplateException unhashable(Object value) {
        return TemplateException.value("unhashable type: '" + Types.name(value) + "'");
    }

    static boolean equal(Budget budget, Object a, Object b) {
        budget.spend(1);
        if (Numbers.is(a) && Numbers.is(b)) {
            return Numbers.compare(a, b) == 0 && !Numbers.isNan(a) && !Numbers.isNan(b);
        }
        if (Types.isText(a) && Types.isText(b)) {
            String left = Types.text(a);
            String right = Types.text(b);
            if (left.length() != right.length()) {
                return false;
            }
            budget.read(left.length());
            return left.equals(right);
        }
        if (a instanceof Sequence left && b instanceof Sequence right) {
            return left.isTuple() == right.isTuple() && equalItems(budget, left, right);
        }
        if (a instanceof Dict left && b instanceof Dict right) {
            return equalDicts(budget, left, right);
        }
        if (a instanceof Undefined && b instanceof Undefined) {
            return true;
        }
        if (a instanceof Range left && b instanceof Range right) {
            return left.sameItems(right);
        }
        if (a instanceof Method left && b instanceof Method right) {
            return left.name().equals(right.name()) && left.owner() == right.owner();
        }
        return a == b;
    }

    private static boolean equalItems(Budget budget, Sequence left, Sequence right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!same(budget, left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalDicts(Budget budget, Dict left, Dict right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Dict.Item item : left.items()) {
            Object other = right.get(budget, item.key());
            if (other == null || !same(budget, item.value(), other)) {
                return false;
            }
        }
        return true;
    }

    /** As the items of lists are compared: the same object is equal, whatever it says itself. */
    static boolean same(Budget budget, Object a, Object b) {
        return a == b || equal(budget, a, b);
    }

    /** Less than zero, zero or more, by Python's order; {@code sign} is what the error names. */
    static int compare(Budget budget, String sign, Object a, Object b) {
        budget.spend(1);
        if (Numbers.is(a) && Numbers.is(b)) {
            return Numbers.compare(a, b);
        }
        if (Types.isText(a) && Types.isText(b)) {
            String left = Types.text(a);
            String right = Types.text(b);
            budget.read(Math.min(left.length(), right.length()));
            return compareText(left, right);
        }
        if (a instanceof Sequence left
                && b instanceof Sequence right
                && left.isTuple() == right.isTuple()) {
            for (int i = 0; i < left.size() && i < right.size(); i++) {
                if (!same(budget, left.get(i), right.get(i))) {
                    return compare(budget, sign, left.get(i), right.get(i));
                }
            }
            return Integer.compare(left.size(), right.size());
        }
        if (a instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        throw TemplateException.value(
                "'%s' not supported between instances of '%s' and '%s'"
                        .formatted(sign, Types.name(a), Types.name(b)));
    }

    /** The order of code points, which is not that of UTF-16. */
    private static int compareText(String a, String b) {
        int end = Math.min(a.length(), b.length());
        int at = 0;
        while (at < end && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        if (at == end) {
            return Integer.compare(a.length(), b.length());
        }
        char left = a.charAt(at);
        char right = b.charAt(at);
        boolean surrogates = Character.isSurrogate(left) != Character.isSurrogate(right);
        return surrogates ? (Character.isSurrogate(left) ? 1 : -1) : Character.compare(left, right);
    }
}
