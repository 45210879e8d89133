package io.step3.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON as Python's {@code json.dumps} writes it. */
public final class Json {

    /**
     * How it is written.
     *
     * @param indent what each level begins with, or null for one line
     */
    record Style(
            boolean ascii,
            @Nullable String indent,
            String itemSeparator,
            String keySeparator,
            boolean sort) {

        static Style of(boolean ascii, @Nullable String indent, boolean sort) {
            return new Style(ascii, indent, indent == null ? ", " : ",", ": ", sort);
        }
    }

    private final Budget budget;
    private final Style style;
    private final TextBuilder out;

    private Json(Budget budget, Style style) {
        this.budget = budget;
        this.style = style;
        this.out = new TextBuilder(budget);
    }

    /**
     * Writes a value as {@code json.dumps(value, ensure_ascii=False)} does, which is what models
     * were trained on: in one line, with a space after every comma and colon.
     *
     * @param value what {@link Template} takes as a variable
     */
    public static String write(Object value) {
        Budget budget = new Budget();
        return write(budget, Values.of(budget, value), Style.of(false, null, false));
    }

    static String write(Budget budget, Object value, Style style) {
        Json json = new Json(budget, style);
        json.append(value, 0);
        return json.out.toString();
    }

    private void append(Object value, int depth) {
        budget.spend(1);
        budget.enter();
        switch (value) {
            case Dict dict -> appendDict(dict, depth);
            case Sequence sequence -> {
                out.append('[');
                Iterator<Object> items = sequence.iterator();
                for (int i = 0; items.hasNext(); i++) {
                    separate(i, depth + 1);
                    append(items.next(), depth + 1);
                }
                close(']', sequence.size() == 0, depth);
            }
            case String text -> appendString(text);
            case Markup markup -> appendString(markup.text());
            default -> out.append(plain(value));
        }
        budget.leave();
    }

    /** What has no parts and no quotes. */
    private String plain(Object value) {
        return switch (value) {
            case Boolean truth -> truth ? "true" : "false";
            case Long number -> number.toString();
            case BigInteger number -> NumberText.of(budget, number);
            case Double number ->
                    number.isNaN()
                            ? "NaN"
                            : number.isInfinite()
                                    ? number > 0 ? "Infinity" : "-Infinity"
                                    : NumberText.of(number);
            case None none -> "null";
            default ->
                    throw TemplateException.value(
                            "Object of type " + Types.name(value) + " is not JSON serializable");
        };
    }

    private void appendDict(Dict dict, int depth) {
        List<Dict.Item> items = new ArrayList<>();
        dict.items().forEach(items::add);
        if (style.sort()) {
            items.sort((a, b) -> Equality.compare(budget, "<", a.key(), b.key()));
        }
        out.append('{');
        for (int i = 0; i < items.size(); i++) {
            separate(i, depth + 1);
            Object key = items.get(i).key();
            if (key instanceof Sequence) {
                throw TemplateException.value(
                        "keys must be str, int, float, bool or None, not tuple");
            }
            appendString(Types.isText(key) ? Types.text(key) : plain(key));
            out.append(style.keySeparator());
            append(items.get(i).value(), depth + 1);
        }
        close('}', items.isEmpty(), depth);
    }

    private void separate(int index, int depth) {
        if (index > 0) {
            out.append(style.itemSeparator());
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
        if (style.indent() != null) {
            out.append('\n').repeat(style.indent(), depth);
        }
    }

    private void appendString(String text) {
        out.append('"');
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            String escape = escape(text.charAt(i));
            if (escape != null) {
                out.append(text, plain, i).append(escape);
                plain = i + 1;
            }
        }
        out.append(text, plain, text.length()).append('"');
    }

    /** The escape of a character; null where it is written as it is. */
    private @Nullable String escape(char c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            case Repr.MARK -> null;
            default -> c < ' ' || style.ascii() && c > '~' ? unicode(c) : null;
        };
    }

    private static String unicode(char c) {
        String hex = Integer.toHexString(c);
        return "\\u" + "0".repeat(4 - hex.length()) + hex;
    }
}
