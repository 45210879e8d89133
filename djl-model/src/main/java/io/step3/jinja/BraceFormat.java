package io.step3.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code str.format}, with attributes and items looked up as in a sandbox. */
final class BraceFormat {

    /** A format's fields may hold fields, but those no more. */
    private static final int DEPTH = 2;

    private final Budget budget;
    private final List<Object> positional;
    private final Map<String, Object> named;
    private final @Nullable Dict mapping;
    private int next;
    private boolean numbered;

    private BraceFormat(
            Budget budget,
            List<Object> positional,
            Map<String, Object> named,
            @Nullable Dict mapping) {
        this.budget = budget;
        this.positional = positional;
        this.named = named;
        this.mapping = mapping;
    }

    static String format(Budget budget, String format, Arguments all) {
        return new BraceFormat(budget, all.positional(), all.named(), null).write(format, DEPTH);
    }

    static String format(Budget budget, String format, Dict mapping) {
        return new BraceFormat(budget, List.of(), Map.of(), mapping).write(format, DEPTH);
    }

    private String write(String format, int depth) {
        if (depth < 0) {
            throw TemplateException.value("Max string recursion exceeded");
        }
        TextBuilder out = new TextBuilder(budget);
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at);
            boolean twice = at + 1 < format.length() && format.charAt(at + 1) == c;
            if ((c == '{' || c == '}') && twice) {
                out.append(c);
                at += 2;
            } else if (c == '}') {
                throw TemplateException.value("Single '}' encountered in format string");
            } else if (c == '{') {
                int end = close(format, at + 1);
                out.append(field(format.substring(at + 1, end), depth));
                at = end + 1;
            } else {
                out.append(c);
                at++;
            }
        }
        return out.toString();
    }

    private int close(String format, int from) {
        int depth = 1;
        budget.spend(1);
        for (int i = from; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '[' && depth == 1) {
                int bracket = format.indexOf(']', i);
                i = bracket < 0 ? i : bracket;
            } else {
                depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            }
            if (depth == 0) {
                budget.read(i - from);
                return i;
            }
        }
        throw TemplateException.value("expected '}' before end of string");
    }

    private String field(String field, int depth) {
        budget.spend(1);
        int end = nameEnd(field);
        String name = field.substring(0, end);
        String rest = field.substring(end);
        String conversion = "";
        if (rest.startsWith("!")) {
            if (rest.length() < 2 || rest.length() > 2 && rest.charAt(2) != ':') {
                throw TemplateException.value("expected ':' after conversion specifier");
            }
            conversion = rest.substring(1, 2);
            rest = rest.substring(2);
        }
        Object value = find(name);
        value =
                switch (conversion) {
                    case "" -> value;
                    case "s" -> Repr.str(budget, value);
                    case "r", "a" -> Repr.repr(budget, value);
                    default ->
                            throw TemplateException.value(
                                    "Unknown conversion specifier '" + conversion + "'");
                };
        String specification = rest.startsWith(":") ? rest.substring(1) : "";
        return FormatSpec.format(budget, value, write(specification, depth - 1));
    }

    private static int nameEnd(String field) {
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '[') {
                int close = field.indexOf(']', i);
                i = close < 0 ? i : close;
            } else if (c == '!' || c == ':') {
                return i;
            }
        }
        return field.length();
    }

    private Object find(String name) {
        int end = 0;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
            end++;
        }
        Object value = first(name.substring(0, end));
        while (end < name.length()) {
            budget.spend(1);
            if (name.charAt(end) == '.') {
                int start = ++end;
                while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
                    end++;
                }
                value = Attributes.attribute(budget, value, name.substring(start, end));
            } else {
                int close = name.indexOf(']', end);
                if (close < 0) {
                    throw TemplateException.value("Missing ']' in format string");
                }
                String index = name.substring(end + 1, close);
                value =
                        Attributes.item(
                                budget,
                                value,
                                index.matches("[0-9]{1,9}") ? (Object) Long.valueOf(index) : index);
                end = close + 1;
            }
        }
        return value;
    }

    private Object first(String name) {
        if (name.isEmpty() || name.matches("[0-9]{1,9}")) {
            if (!name.isEmpty() && next > 0 || name.isEmpty() && numbered) {
                throw TemplateException.value(
                        "cannot switch between numbered and automatic fields");
            }
            numbered |= !name.isEmpty();
            int index = name.isEmpty() ? next++ : Integer.parseInt(name);
            if (index >= positional.size()) {
                throw TemplateException.value(
                        "Replacement index " + index + " out of range for positional args tuple");
            }
            return positional.get(index);
        }
        Object value = mapping != null ? mapping.get(budget, name) : named.get(name);
        if (value == null) {
            throw TemplateException.value("a format names what it was not given");
        }
        return value;
    }
}
