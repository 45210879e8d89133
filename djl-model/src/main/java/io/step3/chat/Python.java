package io.step3.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Python's operations on the values of a template (see {@link PythonJson}; Java's null is Jinja's
 * undefined), each of which costs some of a limited amount of work.
 */
final class Python {

    /** Counted in characters and elements touched; a real template needs some ten thousand. */
    private static final long MAX_WORK = 1L << 28;

    /** The most comparisons of a search at its worst, about a second. */
    private static final long MAX_SEARCH = 1L << 31;

    private long work;

    /**
     * Accounts for work before it is done.
     *
     * @throws ChatTemplateException if there is too much, or the thread was interrupted
     */
    void spend(long amount) {
        work += amount + 1;
        if (work > MAX_WORK || amount < 0) {
            throw new ChatTemplateException("it does too much work");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new ChatTemplateException("it was stopped");
        }
    }

    /**
     * Accounts for a string or list of a size before it is made.
     *
     * @throws ChatTemplateException if it is too large
     */
    void make(long size) {
        if (size > JinjaTemplate.MAX_OUTPUT_CHARS) {
            throw new ChatTemplateException("it makes a value that is too large");
        }
        spend(size);
    }

    static boolean truth(Object value) {
        return switch (value) {
            case null -> false;
            case None none -> false;
            case Boolean truth -> truth;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case Long number -> number != 0;
            case Double number -> number != 0;
            default -> true;
        };
    }

    /** Python's {@code str}. */
    String str(Object value) {
        if (value instanceof String text) {
            spend(text.length());
            return text;
        }
        StringBuilder out = new StringBuilder();
        repr(value, out);
        return out.toString();
    }

    private void repr(Object value, StringBuilder out) {
        spend(1);
        if (out.length() > JinjaTemplate.MAX_OUTPUT_CHARS) {
            throw new ChatTemplateException("it prints a value that is too large");
        }
        switch (value) {
            case null -> {}
            case Boolean truth -> out.append(truth ? "True" : "False");
            case Double number -> out.append(PythonJson.repr(number));
            case String text -> {
                spend(text.length());
                char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
                String escaped =
                        text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
                out.append(quote)
                        .append(quote == '\'' ? escaped.replace("'", "\\'") : escaped)
                        .append(quote);
            }
            case List<?> list -> {
                String separator = "[";
                for (Object item : list) {
                    out.append(separator);
                    repr(item, out);
                    separator = ", ";
                }
                out.append(list.isEmpty() ? "[]" : "]");
            }
            case Map<?, ?> map -> {
                String separator = "{";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(separator);
                    repr(entry.getKey(), out);
                    out.append(": ");
                    repr(entry.getValue(), out);
                    separator = ", ";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case Number number -> out.append(number);
            case None none -> out.append(none);
            default -> throw new ChatTemplateException("it prints what is no value");
        }
    }

    boolean equal(Object a, Object b) {
        spend(1);
        if (a instanceof List<?> x && b instanceof List<?> y) {
            if (x.size() != y.size()) {
                return false;
            }
            for (int i = 0; i < x.size(); i++) {
                if (!equal(x.get(i), y.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            if (x.size() != y.size()) {
                return false;
            }
            for (Map.Entry<?, ?> entry : x.entrySet()) {
                Object key = entry.getKey();
                if (!y.containsKey(key) || !equal(entry.getValue(), y.get(key))) {
                    return false;
                }
            }
            return true;
        }
        if (isNumber(a) && isNumber(b)) {
            return isInteger(a) && isInteger(b) ? integer(a) == integer(b) : number(a) == number(b);
        }
        return Objects.equals(a, b);
    }

    int compare(Object a, Object b) {
        spend(1);
        if (a instanceof String x && b instanceof String y) {
            return x.compareTo(y);
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                int order = compare(x.get(i), y.get(i));
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(x.size(), y.size());
        }
        if (isNumber(a) && isNumber(b)) {
            return Double.compare(number(a), number(b));
        }
        throw unsupported("compare", a, b);
    }

    boolean contains(Object container, Object item) {
        return switch (container) {
            case String text when item instanceof String part -> find(text, part, 0) >= 0;
            case List<?> list -> list.stream().anyMatch(one -> equal(one, item));
            case Map<?, ?> map -> map.containsKey(item);
            case null -> false;
            default -> throw unsupported("look for", item, container);
        };
    }

    /** {@link String#indexOf} at a price, because it is quadratic in the worst case. */
    int find(String text, String part, int from) {
        if ((long) text.length() * part.length() > MAX_SEARCH) {
            throw new ChatTemplateException("it looks for a long string in a long string");
        }
        int index = text.indexOf(part, from);
        spend(Math.max(0, (index < 0 ? text.length() : index) - from));
        return index;
    }

    Object add(Object a, Object b) {
        if (a instanceof String x && b instanceof String y) {
            make((long) x.length() + y.length());
            return x.concat(y);
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            make((long) x.size() + y.size());
            List<Object> joined = new ArrayList<>(x);
            joined.addAll(y);
            return joined;
        }
        if (isInteger(a) && isInteger(b)) {
            return Math.addExact(integer(a), integer(b));
        }
        if (isNumber(a) && isNumber(b)) {
            return number(a) + number(b);
        }
        throw unsupported("add", a, b);
    }

    Object arithmetic(String operator, Object a, Object b) {
        if (operator.equals("*") && isInteger(b) && (a instanceof String || a instanceof List)) {
            return repeat(a, integer(b));
        }
        if (operator.equals("*") && isInteger(a) && (b instanceof String || b instanceof List)) {
            return repeat(b, integer(a));
        }
        if (!isNumber(a) || !isNumber(b)) {
            throw unsupported("compute " + operator + " of", a, b);
        }
        boolean integers = isInteger(a) && isInteger(b);
        boolean divides = operator.startsWith("/") || operator.equals("%");
        if (divides && number(b) == 0) {
            throw new ChatTemplateException("it divides by zero");
        }
        if (!integers || operator.equals("/") || operator.equals("**") && integer(b) < 0) {
            double x = number(a);
            double y = number(b);
            return switch (operator) {
                case "-" -> x - y;
                case "*" -> x * y;
                case "/" -> x / y;
                case "//" -> Math.floor(x / y);
                case "%" -> x - y * Math.floor(x / y);
                default -> Math.pow(x, y);
            };
        }
        long x = integer(a);
        long y = integer(b);
        return switch (operator) {
            case "-" -> Math.subtractExact(x, y);
            case "*" -> Math.multiplyExact(x, y);
            case "//" -> Math.floorDiv(x, y);
            case "%" -> Math.floorMod(x, y);
            default -> power(x, y);
        };
    }

    private long power(long base, long exponent) {
        long result = 1;
        for (long i = 0; i < exponent && result != 0 && (base != 1 || i == 0); i++) {
            spend(1);
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private Object repeat(Object value, long count) {
        int times = Math.clamp(count, 0, Integer.MAX_VALUE);
        if (value instanceof String text) {
            make((long) text.length() * times);
            return text.repeat(times);
        }
        List<?> list = (List<?>) value;
        make((long) list.size() * times);
        List<Object> repeated = new ArrayList<>();
        for (int i = 0; i < times && !list.isEmpty(); i++) {
            repeated.addAll(list);
        }
        return repeated;
    }

    /** {@code container[key]}; undefined where there is none. */
    Object item(Object container, Object key) {
        spend(1);
        return switch (container) {
            case Map<?, ?> map -> map.get(key);
            case List<?> list when isInteger(key) -> {
                int index = index(integer(key), list.size());
                yield index < 0 ? null : list.get(index);
            }
            case String text when isInteger(key) -> {
                List<Object> characters = characters(text);
                int index = index(integer(key), characters.size());
                yield index < 0 ? null : characters.get(index);
            }
            case null ->
                    throw new ChatTemplateException(
                            "it reads '" + key + "' of something undefined");
            default -> null;
        };
    }

    private static int index(long index, int size) {
        long counted = index < 0 ? index + size : index;
        return counted >= 0 && counted < size ? (int) counted : -1;
    }

    /** {@code container[start:stop:step]}, where null means left out. */
    Object slice(Object container, Object start, Object stop, Object step) {
        if (!(container instanceof String) && !(container instanceof List)) {
            throw unsupported("slice", container, start);
        }
        List<?> all = container instanceof String text ? characters(text) : (List<?>) container;
        long stride = step == null ? 1 : integer(step);
        if (stride == 0) {
            throw new ChatTemplateException("it slices with step zero");
        }
        int size = all.size();
        long first = stride > 0 ? 0 : size - 1L;
        long end = stride > 0 ? size : -1;
        long from = start == null ? first : bound(integer(start), size, stride);
        long to = stop == null ? end : bound(integer(stop), size, stride);
        List<Object> part = new ArrayList<>();
        for (long i = from; stride > 0 ? i < to : i > to; i += stride) {
            spend(1);
            part.add(all.get((int) i));
        }
        return container instanceof String ? String.join("", strings(part)) : part;
    }

    private static long bound(long index, int size, long stride) {
        long counted = index < 0 ? index + size : index;
        return stride > 0 ? Math.clamp(counted, 0, size) : Math.clamp(counted, -1, size - 1);
    }

    private static List<String> strings(List<?> parts) {
        return parts.stream().map(Object::toString).toList();
    }

    /** What a loop runs over: items, keys, or characters; nothing of something undefined. */
    List<?> iterate(Object value) {
        return switch (value) {
            case null -> List.of();
            case List<?> list -> list;
            case Map<?, ?> map -> List.copyOf(map.keySet());
            case String text -> characters(text);
            default -> throw new ChatTemplateException("it loops over " + typeName(value));
        };
    }

    private List<Object> characters(String text) {
        spend(text.length());
        List<Object> characters = new ArrayList<>();
        text.codePoints().forEach(c -> characters.add(Character.toString(c)));
        return characters;
    }

    long length(Object value) {
        return switch (value) {
            case null -> 0;
            case String text -> text.codePointCount(0, text.length());
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            default ->
                    throw new ChatTemplateException("it asks for the length of " + typeName(value));
        };
    }

    List<Object> sorted(List<?> values, boolean reverse) {
        spend((long) values.size() * 32);
        List<Object> sorted = new ArrayList<>(values);
        sorted.sort(reverse ? Collections.reverseOrder(this::compare) : this::compare);
        return sorted;
    }

    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof Boolean;
    }

    static boolean isNumber(Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    static long integer(Object value) {
        return switch (value) {
            case Long number -> number;
            case Boolean truth -> truth ? 1 : 0;
            case null, default ->
                    throw new ChatTemplateException(
                            "it needs an integer instead of " + typeName(value));
        };
    }

    static double number(Object value) {
        return value instanceof Number number ? number.doubleValue() : integer(value);
    }

    static ChatTemplateException unsupported(String operation, Object a, Object b) {
        return new ChatTemplateException(
                "it cannot " + operation + " " + typeName(a) + " and " + typeName(b));
    }

    static String typeName(Object value) {
        return switch (value) {
            case null -> "something undefined";
            case None none -> "None";
            case String text -> "a string";
            case Boolean truth -> "a boolean";
            case Number number -> "a number";
            case List<?> list -> "a list";
            case Map<?, ?> map -> "a dict";
            default -> "something that is no value";
        };
    }
}
