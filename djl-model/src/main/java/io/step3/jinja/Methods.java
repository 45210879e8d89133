package io.step3.jinja;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of lists, tuples, dicts, ranges and numbers. */
final class Methods {

    static final Set<String> DICT = Set.of("copy", "fromkeys", "get", "items", "keys", "values");

    private Methods() {}

    static Object call(Budget budget, Object owner, String name, Arguments all) {
        return switch (owner) {
            case Dict dict -> ofDict(budget, dict, name, all);
            case Sequence sequence when name.equals("copy") -> {
                all.bind(name);
                yield sequence;
            }
            case Sequence _, Range _ -> place(budget, owner, name, all);
            default -> {
                all.bind(name);
                yield ofNumber(owner, name, true);
            }
        };
    }

    private static Object ofDict(Budget budget, Dict dict, String name, Arguments all) {
        return switch (name) {
            case "get" -> {
                @Nullable Object[] bound = all.bind(name, "/key!", "/default");
                Object value = dict.get(budget, bound[0]);
                yield value != null ? value : bound[1] != null ? bound[1] : None.NONE;
            }
            case "fromkeys" -> {
                @Nullable Object[] bound = all.bind(name, "/iterable!", "/value");
                Dict.Builder keys = new Dict.Builder(budget);
                for (Object key : Iteration.list(budget, bound[0])) {
                    keys.put(key, bound[1] == null ? None.NONE : bound[1]);
                }
                yield keys.build();
            }
            default -> {
                all.bind(name);
                yield switch (name) {
                    case "items" -> new DictView(DictView.Kind.ITEMS, dict);
                    case "keys" -> new DictView(DictView.Kind.KEYS, dict);
                    case "values" -> new DictView(DictView.Kind.VALUES, dict);
                    default -> dict;
                };
            }
        };
    }

    /** {@code index} and {@code count}. */
    private static Object place(Budget budget, Object owner, String name, Arguments all) {
        @Nullable Object[] bound =
                name.equals("index")
                        ? all.bind(name, "/value!", "/start", "/stop")
                        : all.bind(name, "/value!");
        long size = Iteration.length(budget, owner);
        long from = name.equals("index") && bound[1] != null ? Indexes.size(bound[1]) : 0;
        long to = name.equals("index") && bound[2] != null ? Indexes.size(bound[2]) : size;
        from = from < 0 ? Math.max(0, from + size) : from;
        to = Math.min(size, to < 0 ? to + size : to);
        long count = 0;
        for (long i = from; i < to; i++) {
            Object item =
                    owner instanceof Sequence sequence
                            ? sequence.get((int) i)
                            : ((Range) owner).get((int) i);
            if (Equality.same(budget, item, bound[0])) {
                if (name.equals("index")) {
                    return i;
                }
                count++;
            }
        }
        if (name.equals("index")) {
            throw TemplateException.value("the value is not in the " + Types.name(owner));
        }
        return count;
    }

    /** An attribute of a number; null where there is none of that name. */
    static @Nullable Object ofNumber(Object number, String name) {
        return switch (name) {
            case "real", "imag", "numerator", "denominator" -> ofNumber(number, name, false);
            case "is_integer", "conjugate", "bit_length", "bit_count" -> new Method(number, name);
            default -> null;
        };
    }

    private static Object ofNumber(Object number, String name, boolean called) {
        boolean real = number instanceof Double;
        Object value =
                switch (name) {
                    case "real", "conjugate" -> real ? number : Numbers.shrink(Numbers.big(number));
                    case "imag" -> real ? (Object) 0.0 : (Object) 0L;
                    case "numerator" -> real ? null : Numbers.shrink(Numbers.big(number));
                    case "denominator" -> real ? null : (Object) 1L;
                    case "is_integer" -> real ? isWhole((Double) number) : null;
                    case "bit_length" ->
                            real ? null : (Object) (long) Numbers.big(number).abs().bitLength();
                    default -> real ? null : (Object) (long) Numbers.big(number).abs().bitCount();
                };
        if (value == null) {
            return called
                    ? fail(number, name)
                    : new Undefined("'" + Types.name(number) + " object' has no '" + name + "'");
        }
        return value;
    }

    private static boolean isWhole(double number) {
        return !Double.isInfinite(number) && number == Math.rint(number);
    }

    private static Object fail(Object number, String name) {
        throw TemplateException.value(
                "'" + Types.name(number) + "' object has no attribute '" + name + "'");
    }
}
