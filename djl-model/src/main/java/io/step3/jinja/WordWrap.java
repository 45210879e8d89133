package io.step3.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Breaks a line between words, as Python's {@code textwrap} does. */
final class WordWrap {

    private static final String BLANK = "[\\t\\n\\x0b\\x0c\\r ]";
    private static final String IN_WORD = "[\\w!\"'&.,?]";
    private static final String LETTER = "[^\\d\\W]";

    private static final Pattern CHUNK =
            Pattern.compile(
                    BLANK
                            + "++|(?<="
                            + IN_WORD
                            + ")-{2,}+(?=\\w)|[^\\t\\n\\x0b\\x0c\\r ]+?(?:-(?:(?<="
                            + LETTER
                            + "{2}-)|(?<="
                            + LETTER
                            + "-"
                            + IN_WORD
                            + "-))(?="
                            + LETTER
                            + "-?"
                            + LETTER
                            + ")|(?="
                            + BLANK
                            + "|\\z)|(?<="
                            + IN_WORD
                            + ")(?=-{2,}\\w))",
                    Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern WORD = Pattern.compile(BLANK + "++|[^\\t\\n\\x0b\\x0c\\r ]++");

    private final Budget budget;
    private final int width;
    private final boolean breaksLongWords;
    private final boolean breaksAtHyphens;

    WordWrap(Budget budget, int width, boolean breaksLongWords, boolean breaksAtHyphens) {
        if (width <= 0) {
            throw TemplateException.value("invalid width " + width + " (must be > 0)");
        }
        this.budget = budget;
        this.width = width;
        this.breaksLongWords = breaksLongWords;
        this.breaksAtHyphens = breaksAtHyphens;
    }

    /** Writes a line as several. */
    void wrap(String line, String end, TextBuilder out) {
        List<String> chunks = chunks(line);
        boolean first = true;
        int at = 0;
        while (at < chunks.size()) {
            if (!first && isBlank(chunks.get(at))) {
                at++;
            }
            List<String> taken = new ArrayList<>();
            int length = 0;
            while (at < chunks.size() && length + length(chunks.get(at)) <= width) {
                taken.add(chunks.get(at));
                length += length(chunks.get(at++));
            }
            if (at < chunks.size() && length(chunks.get(at)) > width) {
                String word = chunks.get(at);
                if (breaksLongWords) {
                    int cut = cut(word, width - length);
                    taken.add(word.substring(0, cut));
                    chunks.set(at, word.substring(cut));
                    budget.write(word.length() - cut);
                } else if (taken.isEmpty()) {
                    taken.add(word);
                    at++;
                }
            }
            if (!taken.isEmpty() && isBlank(taken.getLast())) {
                taken.removeLast();
            }
            if (!taken.isEmpty()) {
                if (!first) {
                    out.append(end);
                }
                taken.forEach(out::append);
                first = false;
            }
        }
    }

    /** Where a long word is cut for so much room: behind a hyphen where there is one. */
    private int cut(String word, int room) {
        int cut = word.offsetByCodePoints(0, room);
        if (breaksAtHyphens) {
            int hyphen = word.lastIndexOf('-', cut - 1);
            boolean inside =
                    hyphen > 0 && word.substring(0, hyphen).chars().anyMatch(c -> c != '-');
            if (inside) {
                return hyphen + 1;
            }
        }
        return cut;
    }

    private List<String> chunks(String line) {
        budget.write(4L * line.length());
        List<String> chunks = new ArrayList<>();
        Matcher matcher = (breaksAtHyphens ? CHUNK : WORD).matcher(line);
        while (matcher.find()) {
            if (!matcher.group().isEmpty()) {
                budget.take(48);
                chunks.add(matcher.group());
            }
        }
        return chunks;
    }

    private int length(String chunk) {
        budget.read(chunk.length());
        return chunk.codePointCount(0, chunk.length());
    }

    private static boolean isBlank(String chunk) {
        return Characters.strip(chunk).isEmpty();
    }
}
