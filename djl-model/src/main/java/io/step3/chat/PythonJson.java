package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * JSON the way Python's {@code json.dumps(value, ensure_ascii=False)} writes it, which is what
 * models were trained on: a space after every comma and colon.
 *
 * <p>Values are those of templates: Map, List, String, Long, BigInteger, Double, Boolean and {@link
 * None}.
 */
final class PythonJson {

    /** As deep as {@link StrictJson} reads, and some more for what a template builds. */
    private static final int MAX_DEPTH = 200;

    private final String itemSeparator;
    private final String keySeparator;
    private final Integer indent;
    private final boolean sortKeys;
    private final int maxChars;
    private final StringBuilder out = new StringBuilder();

    /**
     * A writer.
     *
     * @param indent spaces for each level, or null for one line
     * @param maxChars more output is refused
     */
    PythonJson(
            String itemSeparator,
            String keySeparator,
            Integer indent,
            boolean sortKeys,
            int maxChars) {
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
        this.indent = indent;
        this.sortKeys = sortKeys;
        this.maxChars = maxChars;
    }

    /** One line with Python's default separators. */
    static String write(JsonElement json) {
        return new PythonJson(", ", ": ", null, false, Integer.MAX_VALUE).write(value(json));
    }

    /**
     * Writes a value.
     *
     * @throws ChatTemplateException if it is no JSON value, or too large or deep
     */
    String write(Object value) {
        out.setLength(0);
        append(value, 0);
        return out.toString();
    }

    /** A JSON value as a template's value. */
    static Object value(JsonElement json) {
        return switch (json) {
            case JsonObject object -> {
                Map<String, Object> map = new LinkedHashMap<>();
                object.entrySet().forEach(e -> map.put(e.getKey(), value(e.getValue())));
                yield map;
            }
            case JsonArray array -> {
                List<Object> list = new ArrayList<>(array.size());
                array.forEach(item -> list.add(value(item)));
                yield list;
            }
            case JsonPrimitive primitive when primitive.isString() -> primitive.getAsString();
            case JsonPrimitive primitive when primitive.isBoolean() -> primitive.getAsBoolean();
            case JsonPrimitive number -> number(number.getAsString());
            default -> None.NONE;
        };
    }

    private static Object number(String text) {
        if (text.matches("-?[0-9]{1,18}")) {
            return Long.valueOf(text);
        }
        return text.matches("-?[0-9]{19,1000}") ? new BigInteger(text) : Double.valueOf(text);
    }

    private void append(Object value, int depth) {
        if (depth > MAX_DEPTH || out.length() > maxChars) {
            throw new ChatTemplateException("a value is too large or too deep to be JSON");
        }
        switch (value) {
            case Map<?, ?> map -> appendMap(map, depth);
            case List<?> list -> {
                out.append('[');
                for (int i = 0; i < list.size(); i++) {
                    separate(i, depth + 1);
                    append(list.get(i), depth + 1);
                }
                close(']', list.isEmpty(), depth);
            }
            case String text -> appendString(text);
            case Boolean truth -> out.append(truth.booleanValue());
            case Double number -> out.append(repr(number));
            case Long number -> out.append(number.longValue());
            case BigInteger number -> out.append(number);
            case None none -> out.append("null");
            case null, default ->
                    throw new ChatTemplateException("an undefined value cannot be JSON");
        }
    }

    private void appendMap(Map<?, ?> map, int depth) {
        out.append('{');
        Iterator<? extends Map.Entry<?, ?>> entries =
                (sortKeys ? new TreeMap<>(map) : map).entrySet().iterator();
        for (int i = 0; entries.hasNext(); i++) {
            Map.Entry<?, ?> entry = entries.next();
            separate(i, depth + 1);
            appendString(entry.getKey().toString());
            out.append(keySeparator);
            append(entry.getValue(), depth + 1);
        }
        close('}', map.isEmpty(), depth);
    }

    private void separate(int index, int depth) {
        if (index > 0) {
            // With an indent a line ends after the comma, and Python drops the space.
            out.append(indent == null ? itemSeparator : itemSeparator.stripTrailing());
        }
        newLine(depth);
    }

    private void close(char bracket, boolean empty, int depth) {
        if (!empty) {
            newLine(depth);
        }
        out.append(bracket);
    }

    private void newLine(int depth) {
        if (indent != null) {
            out.append('\n').repeat(' ', indent * depth);
        }
    }

    private void appendString(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < ' ') {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /** Python's {@code repr} of a float: exponents only below 1e-4 and from 1e16 on. */
    static String repr(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = decimal.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String mantissa = decimal.scaleByPowerOfTen(-exponent).toPlainString();
        return String.format("%se%s%02d", mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
