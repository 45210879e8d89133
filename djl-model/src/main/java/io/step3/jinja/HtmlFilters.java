package io.step3.jinja;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Filters that write HTML or addresses. */
final class HtmlFilters {

    private HtmlFilters() {}

    static Object apply(Interpreter interpreter, String name, Object value, Arguments all) {
        Budget budget = interpreter.budget();
        return switch (name) {
            case "e", "escape" -> {
                all.bind(name);
                yield Markup.escape(budget, value);
            }
            case "forceescape" -> {
                all.bind(name);
                yield new Markup(Markup.escapeText(budget, Repr.str(budget, value)));
            }
            case "safe" -> {
                all.bind(name);
                yield new Markup(Repr.str(budget, value));
            }
            case "striptags" -> {
                all.bind(name);
                yield new Markup(Html.stripTags(budget, Repr.str(budget, value)));
            }
            case "urlencode" -> {
                all.bind(name);
                yield urlEncode(budget, value);
            }
            case "urlize" -> marked(interpreter, Urlize.apply(budget, value, all));
            default -> marked(interpreter, attributes(budget, value, all));
        };
    }

    private static Object marked(Interpreter interpreter, String text) {
        return interpreter.marked(text);
    }

    private static String attributes(Budget budget, Object value, Arguments all) {
        Object space = all.bind("xmlattr", "autospace")[0];
        if (!(value instanceof Dict dict)) {
            throw value instanceof Undefined undefined
                    ? undefined.refuse()
                    : TemplateException.value("'xmlattr' takes a dict");
        }
        TextBuilder out = new TextBuilder(budget);
        boolean leads = space == null || Types.truth(budget, space);
        for (Dict.Item item : dict.items()) {
            if (item.value() == None.NONE || item.value() instanceof Undefined) {
                continue;
            }
            String key = TextMethods.string("xmlattr", item.key());
            budget.read(key.length());
            if (key.chars().anyMatch(c -> " \t\n\r\f\u000B/>=".indexOf(c) >= 0)) {
                throw TemplateException.value("Invalid character in attribute name");
            }
            if (leads) {
                out.append(' ');
            }
            leads = true;
            out.append(Markup.escape(budget, item.key()).text())
                    .append("=\"")
                    .append(Markup.escape(budget, item.value()).text())
                    .append('"');
        }
        return out.toString();
    }

    private static String urlEncode(Budget budget, Object value) {
        boolean pairs = Iteration.isIterable(value) && !Types.isText(value);
        if (!pairs) {
            return quoted(budget, Repr.str(budget, value), false);
        }
        List<Object> items =
                value instanceof Dict dict
                        ? new DictView(DictView.Kind.ITEMS, dict).list(budget)
                        : Iteration.list(budget, value);
        TextBuilder out = new TextBuilder(budget);
        for (Object item : items) {
            List<Object> pair = Iteration.list(budget, item);
            if (pair.size() != 2) {
                throw TemplateException.value("'urlencode' takes pairs");
            }
            out.append(out.length() > 0 ? "&" : "")
                    .append(quoted(budget, Repr.str(budget, pair.get(0)), true))
                    .append("=")
                    .append(quoted(budget, Repr.str(budget, pair.get(1)), true));
        }
        return out.toString();
    }

    private static String quoted(Budget budget, String text, boolean query) {
        budget.write(2L * text.length());
        TextBuilder out = new TextBuilder(budget);
        int mark = text.indexOf(Repr.MARK);
        if (mark >= 0) {
            return out.append(quoted(budget, text.substring(0, mark), query))
                    .appendCodePoint(Repr.MARK)
                    .append(quoted(budget, text.substring(mark + 1), query))
                    .toString();
        }
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain =
                    b >= 'a' && b <= 'z'
                            || b >= 'A' && b <= 'Z'
                            || b >= '0' && b <= '9'
                            || "_.-~".indexOf(b) >= 0
                            || b == '/' && !query;
            if (plain) {
                out.append((char) b);
            } else if (b == ' ' && query) {
                out.append('+');
            } else {
                out.append('%')
                        .append(Character.toUpperCase(Character.forDigit(b >> 4 & 15, 16)))
                        .append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
            }
        }
        return out.toString();
    }
}
