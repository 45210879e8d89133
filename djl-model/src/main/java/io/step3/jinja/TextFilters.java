package io.step3.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Filters of texts; most turn other values into text first. */
final class TextFilters {

    private TextFilters() {}

    static Object apply(Interpreter interpreter, String name, Object value, Arguments all) {
        Budget budget = interpreter.budget();
        return switch (name) {
            case "capitalize", "lower", "upper" -> method(budget, value, name, all);
            case "center" -> {
                Object width = all.bind(name, "width")[0];
                yield method(
                        budget, value, name, Arguments.of(width == null ? (Object) 80L : width));
            }
            case "trim" -> {
                Object chars = all.bind(name, "chars")[0];
                yield method(
                        budget, value, "strip", Arguments.of(chars == null ? None.NONE : chars));
            }
            case "string" -> {
                all.bind(name);
                yield soft(budget, value);
            }
            case "title" -> {
                all.bind(name);
                yield title(budget, Repr.str(budget, value));
            }
            case "replace" -> replace(interpreter, value, all);
            case "format" -> format(budget, value, all);
            case "indent" -> indent(budget, value, all);
            case "truncate" -> truncate(budget, value, all);
            case "wordcount" -> {
                all.bind(name);
                yield wordCount(budget, Repr.str(budget, value));
            }
            default -> {
                @Nullable Object[] bound =
                        all.bind(
                                name,
                                "width",
                                "break_long_words",
                                "wrapstring",
                                "break_on_hyphens");
                yield wrap(budget, text(name, value), bound);
            }
        };
    }

    /** The text of a value, which stays markup where it is. */
    private static Object soft(Budget budget, Object value) {
        return Types.isText(value) ? value : Repr.str(budget, value);
    }

    private static Object method(Budget budget, Object value, String method, Arguments all) {
        return new Method(soft(budget, value), method).call(budget, all);
    }

    /** A value that must be a text. */
    private static String text(String filter, Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        return TextMethods.string(filter, value);
    }

    private static String title(Budget budget, String text) {
        budget.write(2L * text.length());
        StringBuilder title = new StringBuilder(text.length());
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            boolean between = i < text.length() && isBetweenWords(text.charAt(i));
            if (i == text.length() || between) {
                if (start < i) {
                    int end = text.offsetByCodePoints(start, 1);
                    title.append(text.substring(start, end).toUpperCase(Locale.ROOT))
                            .append(text.substring(end, i).toLowerCase(Locale.ROOT));
                }
                if (between) {
                    title.append(text.charAt(i));
                }
                start = i + 1;
            }
        }
        return title.toString();
    }

    private static boolean isBetweenWords(char c) {
        return "-({[<".indexOf(c) >= 0 || Characters.isSpace(c);
    }

    private static Object replace(Interpreter interpreter, Object value, Arguments all) {
        Budget budget = interpreter.budget();
        @Nullable Object[] bound = all.bind("replace", "old!", "new!", "count");
        int count = bound[2] == null || bound[2] == None.NONE ? -1 : Indexes.size(bound[2]);
        if (interpreter.autoescape()) {
            boolean escapes =
                    bound[0] instanceof Markup
                            || bound[1] instanceof Markup && !(value instanceof Markup);
            Object text = escapes ? Markup.escape(budget, value) : soft(budget, value);
            return method(
                    budget,
                    text,
                    "replace",
                    Arguments.of(soft(budget, bound[0]), soft(budget, bound[1]), (long) count));
        }
        return TextMethods.replace(
                budget,
                Repr.str(budget, value),
                Repr.str(budget, bound[0]),
                Repr.str(budget, bound[1]),
                count);
    }

    private static Object format(Budget budget, Object value, Arguments all) {
        if (!all.positional().isEmpty() && !all.named().isEmpty()) {
            throw TemplateException.value(
                    "can't handle positional and keyword arguments at the same time");
        }
        Object values;
        if (all.named().isEmpty()) {
            values = Sequence.of(budget, Sequence.Kind.TUPLE, new ArrayList<>(all.positional()));
        } else {
            Dict.Builder named = new Dict.Builder(budget);
            for (Map.Entry<String, Object> one : all.named().entrySet()) {
                named.put(one.getKey(), one.getValue());
            }
            values = named.build();
        }
        return PercentFormat.format(budget, soft(budget, value), values);
    }

    private static Object indent(Budget budget, Object value, Arguments all) {
        @Nullable Object[] bound = all.bind("indent", "width", "first", "blank");
        String text = text("indent", value);
        String indent =
                bound[0] != null && Types.isText(bound[0])
                        ? Types.text(bound[0])
                        : new TextBuilder(budget)
                                .repeat(" ", bound[0] == null ? 4 : Indexes.size(bound[0]))
                                .toString();
        boolean first = bound[1] != null && Types.truth(budget, bound[1]);
        boolean blank = bound[2] != null && Types.truth(budget, bound[2]);
        TextBuilder out = new TextBuilder(budget);
        List<Object> lines = Splitting.lines(budget, text + "\n", false);
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            if (i > 0) {
                out.append('\n');
            }
            if (i == 0 ? first : blank || !line.isEmpty()) {
                out.append(indent);
            }
            out.append(line);
        }
        return value instanceof Markup ? new Markup(out.toString()) : out.toString();
    }

    private static Object truncate(Budget budget, Object value, Arguments all) {
        @Nullable Object[] bound = all.bind("truncate", "length", "killwords", "end", "leeway");
        int length = bound[0] == null ? 255 : Indexes.size(bound[0]);
        String end = bound[2] == null ? "..." : TextMethods.string("truncate", bound[2]);
        int leeway = bound[3] == null || bound[3] == None.NONE ? 5 : Indexes.size(bound[3]);
        int endLength = Characters.count(budget, end);
        if (length < endLength || leeway < 0) {
            throw TemplateException.value(
                    "expected length >= %d, got %d".formatted(endLength, length));
        }
        long count = Iteration.length(budget, value);
        if (count <= (long) length + leeway) {
            return value;
        }
        String text = text("truncate", value);
        String cut = text.substring(0, Characters.offset(text, length - endLength, (int) count));
        budget.write(cut.length() + endLength);
        boolean killWords = bound[1] != null && Types.truth(budget, bound[1]);
        int blank = killWords ? -1 : cut.lastIndexOf(' ');
        return (blank < 0 ? cut : cut.substring(0, blank)) + end;
    }

    private static long wordCount(Budget budget, String text) {
        budget.read(text.length());
        long words = 0;
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean word = c == '_' || Characters.isAlnum(c);
            words += word && !inWord ? 1 : 0;
            inWord = word;
        }
        return words;
    }

    private static String wrap(Budget budget, String text, @Nullable Object[] bound) {
        int width = bound[0] == null ? 79 : Indexes.size(bound[0]);
        boolean breakLong = bound[1] == null || Types.truth(budget, bound[1]);
        String end =
                bound[2] == null || bound[2] == None.NONE
                        ? "\n"
                        : TextMethods.string("wordwrap", bound[2]);
        boolean hyphens = bound[3] == null || Types.truth(budget, bound[3]);
        WordWrap wrap = new WordWrap(budget, width, breakLong, hyphens);
        TextBuilder out = new TextBuilder(budget);
        int index = 0;
        for (Object line : Splitting.lines(budget, text, false)) {
            if (index++ > 0) {
                out.append(end);
            }
            wrap.wrap((String) line, end, out);
        }
        return out.toString();
    }
}
