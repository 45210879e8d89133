package io.step3.chat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Jinja's filters ({@code value | name}) and tests ({@code value is name}). */
final class JinjaFilters {

    private final Python python;
    private final PythonMethods methods;

    JinjaFilters(Python python, PythonMethods methods) {
        this.python = python;
        this.methods = methods;
    }

    /**
     * Applies a filter.
     *
     * @throws ChatTemplateException if there is no such filter, or it cannot take the value
     */
    Object filter(String name, Object value, List<Object> arguments, Map<String, Object> named) {
        Arguments given = new Arguments(name, arguments, named);
        Object result = filter(name, value, given);
        given.requireAllUsed();
        return result;
    }

    private Object filter(String name, Object value, Arguments given) {
        return switch (name) {
            case "trim" -> PythonMethods.strip(python.str(value), given.get("chars"), true, true);
            case "length", "count" -> python.length(value);
            case "string" -> python.str(value);
            case "safe" -> value;
            case "tojson" -> json(value, given);
            case "join" -> join(value, given);
            case "items" -> value == null ? List.of() : PythonMethods.items((Map<?, ?>) value);
            case "list" -> new ArrayList<Object>(python.iterate(value));
            case "first" -> at(python.iterate(value), 0);
            case "last" -> at(python.iterate(value), -1);
            case "upper" -> python.str(value).toUpperCase(Locale.ROOT);
            case "lower" -> python.str(value).toLowerCase(Locale.ROOT);
            case "capitalize" -> PythonMethods.capitalize(python.str(value));
            case "title" -> title(python.str(value));
            case "replace" ->
                    methods.replace(
                            python.str(value),
                            given.string("old"),
                            given.string("new"),
                            given.get("count"));
            case "default", "d" -> {
                Object otherwise = given.get("default_value");
                boolean falseToo = Python.truth(given.get("boolean"));
                boolean missing = falseToo ? !Python.truth(value) : value == null;
                yield missing ? otherwise == null ? "" : otherwise : value;
            }
            case "escape", "e" ->
                    python.str(value)
                            .replace("&", "&amp;")
                            .replace("<", "&lt;")
                            .replace(">", "&gt;")
                            .replace("'", "&#39;")
                            .replace("\"", "&#34;");
            case "int" -> integer(value, given.get("default"));
            case "float" -> real(value, given.get("default"));
            case "abs" ->
                    Python.isInteger(value)
                            ? (Object) Math.absExact(Python.integer(value))
                            : (Object) Math.abs(Python.number(value));
            case "round" -> round(value, given);
            case "sum" -> sum(python.iterate(value));
            case "max" -> at(python.sorted(python.iterate(value), false), -1);
            case "min" -> at(python.sorted(python.iterate(value), false), 0);
            case "reverse" -> reverse(value);
            case "sort" -> sort(value, given);
            case "unique" -> unique(python.iterate(value));
            case "dictsort" -> PythonMethods.items(new TreeMap<>((Map<?, ?>) value));
            case "map" -> map(python.iterate(value), given);
            case "select" -> select(value, null, true, given);
            case "reject" -> select(value, null, false, given);
            case "selectattr" -> select(value, given.string("attribute"), true, given);
            case "rejectattr" -> select(value, given.string("attribute"), false, given);
            case "indent" -> indent(python.str(value), given);
            default -> throw new ChatTemplateException("it uses the unknown filter '" + name + "'");
        };
    }

    /** Unlike Python's {@code title}, Jinja's leaves the s of "it's" small. */
    private static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean starts = true;
        for (char c : text.toCharArray()) {
            out.append(starts ? Character.toUpperCase(c) : Character.toLowerCase(c));
            starts = Whitespace.is(c) || "-({[<".indexOf(c) >= 0;
        }
        return out.toString();
    }

    private String json(Object value, Arguments given) {
        Object ensureAscii = given.named("ensure_ascii");
        Object separators = given.named("separators");
        boolean sortKeys = Python.truth(given.named("sort_keys"));
        Object indent = given.get("indent");
        if (Python.truth(ensureAscii)) {
            throw new ChatTemplateException("it uses tojson with ensure_ascii");
        }
        Integer spaces = null;
        if (indent != null && indent != None.NONE) {
            spaces = Math.clamp(Python.integer(indent), 0, 32);
        }
        String comma = spaces == null ? ", " : ",";
        String colon = ": ";
        if (separators instanceof List<?> pair && pair.size() == 2) {
            comma = python.str(pair.get(0));
            colon = python.str(pair.get(1));
        }
        String json =
                new PythonJson(comma, colon, spaces, sortKeys, JinjaTemplate.MAX_OUTPUT_CHARS)
                        .write(value);
        python.spend(json.length());
        return json;
    }

    private String join(Object value, Arguments given) {
        Object separator = given.get("d");
        Object attribute = given.named("attribute");
        List<?> parts = python.iterate(value);
        if (attribute instanceof String path) {
            parts = attributes(parts, path, null);
        }
        return methods.join(separator == null ? "" : python.str(separator), parts);
    }

    private static Object at(List<?> list, int index) {
        int counted = index < 0 ? list.size() + index : index;
        return counted >= 0 && counted < list.size() ? list.get(counted) : null;
    }

    private Object integer(Object value, Object otherwise) {
        if (Python.isInteger(value)) {
            return Python.integer(value);
        }
        if (real(value, None.NONE) instanceof Double number && Double.isFinite(number)) {
            return number.longValue();
        }
        return otherwise == null ? 0L : otherwise;
    }

    private Object real(Object value, Object otherwise) {
        if (Python.isNumber(value)) {
            return Python.number(value);
        }
        try {
            return Double.valueOf(Whitespace.strip(python.str(value)));
        } catch (NumberFormatException e) {
            return otherwise == null ? 0.0 : otherwise;
        }
    }

    private static Object round(Object value, Arguments given) {
        Object precision = given.get("precision");
        Object method = given.get("method");
        if (Python.isInteger(value) && (method == null || method.equals("common"))) {
            return Python.integer(value);
        }
        int digits = precision == null ? 0 : Math.clamp(Python.integer(precision), -30, 30);
        RoundingMode mode =
                method == null || method.equals("common")
                        ? RoundingMode.HALF_EVEN
                        : method.equals("floor") ? RoundingMode.FLOOR : RoundingMode.CEILING;
        return new BigDecimal(Python.number(value)).setScale(digits, mode).doubleValue();
    }

    private Object sum(List<?> values) {
        Object sum = 0L;
        for (Object value : values) {
            sum = python.add(sum, value);
        }
        return sum;
    }

    private Object reverse(Object value) {
        List<Object> reversed = new ArrayList<>(python.iterate(value));
        Collections.reverse(reversed);
        return value instanceof String ? methods.join("", reversed) : reversed;
    }

    private List<Object> sort(Object value, Arguments given) {
        boolean reverse = Python.truth(given.get("reverse"));
        boolean caseSensitive = Python.truth(given.get("case_sensitive"));
        Object attribute = given.get("attribute");
        List<Object> pairs = new ArrayList<>();
        List<?> items = python.iterate(value);
        for (int i = 0; i < items.size(); i++) {
            Object key =
                    attribute instanceof String path ? attribute(items.get(i), path) : items.get(i);
            Object folded =
                    key instanceof String text && !caseSensitive
                            ? text.toLowerCase(Locale.ROOT)
                            : key;
            // The index keeps equal keys in their order, whichever way the sort runs.
            pairs.add(Arrays.asList(folded, reverse ? -(long) i : (long) i, items.get(i)));
        }
        return python.sorted(pairs, reverse).stream()
                .map(pair -> (Object) ((List<?>) pair).get(2))
                .toList();
    }

    private List<Object> unique(List<?> values) {
        List<Object> unique = new ArrayList<>();
        for (Object value : values) {
            if (!python.contains(unique, value)) {
                unique.add(value);
            }
        }
        return unique;
    }

    private List<Object> map(List<?> values, Arguments given) {
        Object attribute = given.named("attribute");
        if (attribute instanceof String path) {
            return attributes(values, path, given.named("default"));
        }
        String name = given.string("filter");
        List<Object> arguments = given.rest();
        List<Object> mapped = new ArrayList<>();
        for (Object value : values) {
            mapped.add(filter(name, value, arguments, Map.of()));
        }
        return mapped;
    }

    private List<Object> attributes(List<?> values, String path, Object otherwise) {
        List<Object> found = new ArrayList<>();
        for (Object value : values) {
            Object attribute = attribute(value, path);
            found.add(attribute == null ? otherwise : attribute);
        }
        return found;
    }

    private Object attribute(Object value, String path) {
        Object found = value;
        for (String name : path.split("\\.")) {
            found =
                    python.item(
                            found, name.matches("[0-9]{1,9}") ? (Object) Long.valueOf(name) : name);
        }
        return found;
    }

    private List<Object> select(Object value, String attribute, boolean wanted, Arguments given) {
        Object test = given.get("test");
        List<Object> arguments = given.rest();
        List<Object> selected = new ArrayList<>();
        for (Object item : python.iterate(value)) {
            Object tested = attribute == null ? item : attribute(item, attribute);
            boolean passes =
                    test == null ? Python.truth(tested) : test(test.toString(), tested, arguments);
            if (passes == wanted) {
                selected.add(item);
            }
        }
        return selected;
    }

    private String indent(String text, Arguments given) {
        Object width = given.get("width");
        boolean first = Python.truth(given.get("first"));
        boolean blank = Python.truth(given.get("blank"));
        String prefix =
                width instanceof String literal
                        ? literal
                        : " "
                                .repeat(
                                        Math.clamp(
                                                width == null ? 4 : Python.integer(width),
                                                0,
                                                1000));
        StringBuilder out = new StringBuilder();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            python.spend(prefix.length());
            boolean indented = i == 0 ? first : blank || !lines[i].isEmpty();
            out.append(i == 0 ? "" : "\n").append(indented ? prefix : "").append(lines[i]);
        }
        return out.toString();
    }

    /**
     * Whether a value passes a test.
     *
     * @throws ChatTemplateException if there is no such test
     */
    boolean test(String name, Object value, List<Object> arguments) {
        Arguments given = new Arguments(name, arguments, Map.of());
        boolean passes =
                switch (name) {
                    case "defined" -> value != null;
                    case "undefined" -> value == null;
                    case "none" -> value == None.NONE;
                    case "string" -> value instanceof String;
                    case "mapping" -> value instanceof Map;
                    case "number" -> Python.isNumber(value);
                    case "integer" -> value instanceof Number && !(value instanceof Double);
                    case "float" -> value instanceof Double;
                    case "boolean" -> value instanceof Boolean;
                    case "true" -> Boolean.TRUE.equals(value);
                    case "false" -> Boolean.FALSE.equals(value);
                    case "iterable" -> value == null || isSequence(value);
                    case "sequence" -> value == null || isSequence(value);
                    case "callable" -> value instanceof JinjaExpression.Callable;
                    case "odd" -> Math.floorMod(Python.integer(value), 2) == 1;
                    case "even" -> Math.floorMod(Python.integer(value), 2) == 0;
                    case "divisibleby" ->
                            Python.integer(value) % Python.integer(given.get("num")) == 0;
                    case "in" -> python.contains(given.get("seq"), value);
                    case "eq", "equalto", "==", "sameas" -> python.equal(value, given.get("other"));
                    case "ne", "!=" -> !python.equal(value, given.get("other"));
                    case "gt", "greaterthan", ">" -> python.compare(value, given.get("other")) > 0;
                    case "ge", ">=" -> python.compare(value, given.get("other")) >= 0;
                    case "lt", "lessthan", "<" -> python.compare(value, given.get("other")) < 0;
                    case "le", "<=" -> python.compare(value, given.get("other")) <= 0;
                    case "lower" ->
                            python.str(value).equals(python.str(value).toLowerCase(Locale.ROOT));
                    case "upper" ->
                            python.str(value).equals(python.str(value).toUpperCase(Locale.ROOT));
                    default ->
                            throw new ChatTemplateException(
                                    "it uses the unknown test '" + name + "'");
                };
        given.requireAllUsed();
        return passes;
    }

    private static boolean isSequence(Object value) {
        return value instanceof String || value instanceof List || value instanceof Map;
    }
}
