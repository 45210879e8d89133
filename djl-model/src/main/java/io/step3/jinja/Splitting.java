package io.step3.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str} that cut a text. */
final class Splitting {

    private Splitting() {}

    static Sequence call(Budget budget, String text, String name, Arguments all) {
        return switch (name) {
            case "splitlines" -> {
                Object keep = all.bind(name, "keepends")[0];
                boolean keeps = keep != null && Types.truth(budget, keep);
                yield Sequence.list(budget, lines(budget, text, keeps));
            }
            case "partition", "rpartition" -> {
                String part = TextMethods.string(name, all.one(name, "/sep"));
                yield partition(budget, text, part, name.equals("rpartition"));
            }
            default -> {
                @Nullable Object[] bound = all.bind(name, "sep", "maxsplit");
                long max = bound[1] == null ? -1 : Indexes.size(bound[1]);
                max = max < 0 ? Long.MAX_VALUE : max;
                boolean fromEnd = name.equals("rsplit");
                boolean words = bound[0] == null || bound[0] == None.NONE;
                yield Sequence.list(
                        budget,
                        words
                                ? fromEnd
                                        ? wordsFromEnd(budget, text, max)
                                        : words(budget, text, max)
                                : split(
                                        budget,
                                        text,
                                        TextMethods.string(name, bound[0]),
                                        max,
                                        fromEnd));
            }
        };
    }

    private static void add(Budget budget, List<Object> parts, String text, int from, int to) {
        budget.write(to - from);
        parts.add(text.substring(from, to));
    }

    static List<Object> split(
            Budget budget, String text, String separator, long max, boolean fromEnd) {
        if (separator.isEmpty()) {
            throw TemplateException.value("empty separator");
        }
        int[] places =
                fromEnd
                        ? TextSearch.allFromEnd(budget, text, separator, max)
                        : TextSearch.all(budget, text, separator, 0, text.length(), max);
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at : places) {
            add(budget, parts, text, from, at);
            from = at + separator.length();
        }
        add(budget, parts, text, from, text.length());
        return parts;
    }

    static List<Object> words(Budget budget, String text, long max) {
        budget.read(text.length());
        List<Object> words = new ArrayList<>();
        int at = Characters.skipSpace(text, 0);
        while (at < text.length()) {
            if (words.size() >= max) {
                add(budget, words, text, at, text.length());
                return words;
            }
            int end = at;
            while (end < text.length() && !Characters.isSpace(text.charAt(end))) {
                end++;
            }
            add(budget, words, text, at, end);
            at = Characters.skipSpace(text, end);
        }
        return words;
    }

    private static List<Object> wordsFromEnd(Budget budget, String text, long max) {
        budget.read(text.length());
        List<Object> words = new ArrayList<>();
        int end = Characters.stripEnd(text).length();
        while (end > 0) {
            if (words.size() >= max) {
                add(budget, words, text, 0, end);
                break;
            }
            int start = end;
            while (start > 0 && !Characters.isSpace(text.charAt(start - 1))) {
                start--;
            }
            add(budget, words, text, start, end);
            while (start > 0 && Characters.isSpace(text.charAt(start - 1))) {
                start--;
            }
            end = start;
        }
        Collections.reverse(words);
        return words;
    }

    static List<Object> lines(Budget budget, String text, boolean keepEnds) {
        budget.read(text.length());
        List<Object> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (Characters.isLineEnd(text.charAt(i))) {
                int end = i;
                if (text.charAt(i) == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                    i++;
                }
                add(budget, lines, text, start, keepEnds ? i + 1 : end);
                start = i + 1;
            }
        }
        if (start < text.length()) {
            add(budget, lines, text, start, text.length());
        }
        return lines;
    }

    private static Sequence partition(
            Budget budget, String text, String separator, boolean fromEnd) {
        if (separator.isEmpty()) {
            throw TemplateException.value("empty separator");
        }
        int at =
                fromEnd
                        ? TextSearch.last(budget, text, separator, 0, text.length())
                        : TextSearch.first(budget, text, separator, 0, text.length());
        budget.write(text.length());
        if (at < 0) {
            return fromEnd
                    ? Sequence.tuple(budget, "", "", text)
                    : Sequence.tuple(budget, text, "", "");
        }
        return Sequence.tuple(
                budget, text.substring(0, at), separator, text.substring(at + separator.length()));
    }
}
