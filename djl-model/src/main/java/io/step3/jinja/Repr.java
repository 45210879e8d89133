package io.step3.jinja;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Python's {@code str} and {@code repr}. */
final class Repr {

    /** Keeps user text from being read as structure; whoever put it there takes it out again. */
    static final int MARK = 0xFDD0;

    private Repr() {}

    static String str(Budget budget, Object value) {
        return switch (value) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Undefined undefined -> "";
            default -> repr(budget, value);
        };
    }

    static String repr(Budget budget, Object value) {
        return switch (value) {
            case Boolean truth -> truth ? "True" : "False";
            case Long number -> number.toString();
            case BigInteger number -> NumberText.of(budget, number);
            case Double number -> NumberText.of(number);
            case None none -> "None";
            case Undefined undefined -> "Undefined";
            case Range range -> range.toString();
            default -> {
                TextBuilder out = new TextBuilder(budget);
                write(budget, value, out);
                yield out.toString();
            }
        };
    }

    private static void write(Budget budget, Object value, TextBuilder out) {
        budget.spend(1);
        budget.enter();
        switch (value) {
            case String text -> quote(text, out);
            case Markup markup -> {
                out.append("Markup(");
                quote(markup.text(), out);
                out.append(')');
            }
            case Sequence sequence -> {
                out.append(sequence.isTuple() ? '(' : '[');
                writeItems(budget, sequence.items(), out);
                boolean single = sequence.isTuple() && sequence.size() == 1;
                out.append(single ? ",)" : sequence.isTuple() ? ")" : "]");
            }
            case Dict dict -> {
                out.append('{');
                writePairs(budget, dict, out);
                out.append('}');
            }
            case DictView view -> {
                out.append(view.typeName()).append("([");
                writeItems(budget, view.list(budget), out);
                out.append("])");
            }
            case Namespace namespace -> {
                out.append("<Namespace {");
                String separator = "";
                for (Map.Entry<String, Object> item : namespace.values().entrySet()) {
                    out.append(separator);
                    quote(item.getKey(), out);
                    out.append(": ");
                    write(budget, item.getValue(), out);
                    separator = ", ";
                }
                out.append("}>");
            }
            case Macro macro -> out.append(macro.describe());
            case Loop loop -> out.append(loop.describe(budget));
            case Lazy lazy -> out.append("<generator object>");
            case Callable callable -> out.append("<" + Types.name(value) + ">");
            default -> out.append(repr(budget, value));
        }
        budget.leave();
    }

    private static void writeItems(Budget budget, List<Object> items, TextBuilder out) {
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                out.append(", ");
            }
            write(budget, items.get(i), out);
        }
    }

    private static void writePairs(Budget budget, Dict dict, TextBuilder out) {
        Iterator<Dict.Item> items = dict.items().iterator();
        while (items.hasNext()) {
            Dict.Item item = items.next();
            write(budget, item.key(), out);
            out.append(": ");
            write(budget, item.value(), out);
            if (items.hasNext()) {
                out.append(", ");
            }
        }
    }

    /** In single quotes, or in double ones where that needs no escape. */
    static void quote(String text, TextBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == quote || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c >= ' ' && c < 0x7F) {
                out.append((char) c);
            } else {
                switch (c) {
                    case '\n' -> out.append("\\n");
                    case '\r' -> out.append("\\r");
                    case '\t' -> out.append("\\t");
                    default -> {
                        if (Characters.isPrintable(c) || c == MARK) {
                            out.appendCodePoint(c);
                        } else {
                            out.append(escape(c));
                        }
                    }
                }
            }
        }
        out.append(quote);
    }

    /** A character by its number: {@code \x7f}, {@code \u2028} or {@code \U0001f600}. */
    static String escape(int c) {
        String hex = Integer.toHexString(c);
        return c <= 0xFF
                ? "\\x" + "0".repeat(2 - hex.length()) + hex
                : c <= 0xFFFF
                        ? "\\u" + "0".repeat(4 - hex.length()) + hex
                        : "\\U" + "0".repeat(8 - hex.length()) + hex;
    }
}
