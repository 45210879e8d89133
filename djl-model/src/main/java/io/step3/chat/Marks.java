package io.step3.chat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * The added tokens of a tokenizer that are structure rather than words: special ones, and others
 * that are no plain word or space, such as {@code <think>}. Written out in what a person typed they
 * would open turns, stand for pictures or call tools; here they are found and cut.
 *
 * <p>A text is cut by the noncharacter U+FDD0 behind the first character of a mark: it passes
 * through a template like a letter, and the mark is none any more. Immutable.
 */
final class Marks {

    /** A noncharacter, which Unicode reserves for use within a program. */
    static final char CUT = '\uFDD0';

    private static final char REPLACEMENT = '\uFFFD';

    private final Map<String, Integer> ids = new HashMap<>();
    private final BitSet tokens = new BitSet();
    private final BitSet first = new BitSet();

    /** How many characters marks have, the most first. */
    private final int[] lengths;

    /**
     * Sorts out the marks.
     *
     * @param added ids of all added tokens
     * @param special whether an id is that of a special token
     */
    Marks(Map<String, Integer> added, IntPredicate special) {
        BitSet sizes = new BitSet();
        added.forEach(
                (text, id) -> {
                    // A single character cannot be cut.
                    boolean cuttable = text.codePointCount(0, text.length()) > 1;
                    if (cuttable && (special.test(id) || !isPlain(text))) {
                        ids.put(text, id);
                        tokens.set(id);
                        first.set(text.charAt(0));
                        sizes.set(text.length());
                    }
                });
        this.lengths =
                sizes.stream()
                        .boxed()
                        .sorted((a, b) -> b - a)
                        .mapToInt(Integer::intValue)
                        .toArray();
    }

    /** Runs of spaces and whole words are added to some vocabularies, and are words there. */
    private static boolean isPlain(String text) {
        return text.codePoints()
                .allMatch(c -> Character.isLetterOrDigit(c) || Character.isWhitespace(c));
    }

    /** Characters of the longest mark that is written out at a place, or 0. */
    int at(String text, int from) {
        if (first.get(text.charAt(from))) {
            for (int length : lengths) {
                if (length <= text.length() - from
                        && ids.containsKey(text.substring(from, from + length))) {
                    return length;
                }
            }
        }
        return 0;
    }

    /** Whether a token is a mark. */
    boolean isMark(int id) {
        return id >= 0 && tokens.get(id);
    }

    /** The ids of the marks that are written out in a text, in order, none within another. */
    List<Integer> in(String text) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            int length = at(text, i);
            if (length > 0) {
                found.add(ids.get(text.substring(i, i + length)));
                i += length - 1;
            }
        }
        return found;
    }

    /**
     * Cuts every mark in a text, and what at its end may become one with the text behind it. What
     * is U+FDD0 already becomes U+FFFD.
     */
    String cut(String text) {
        String clean = text.replace(CUT, REPLACEMENT);
        StringBuilder cut = new StringBuilder(clean.length());
        int end = clean.stripTrailing().length();
        for (int i = 0; i < clean.length(); ) {
            int next = clean.offsetByCodePoints(i, 1);
            cut.append(clean, i, next);
            if (at(clean, i) > 0 || begins(clean, i, end)) {
                cut.append(CUT);
            }
            i = next;
        }
        return cut.toString();
    }

    /** The text without the cuts that part no mark: what stands behind them was none after all. */
    String onlyNeededCuts(String cut) {
        String clean = cut.replace(String.valueOf(CUT), "");
        StringBuilder needed = new StringBuilder(cut.length());
        int from = 0;
        for (int place = cut.indexOf(CUT), cuts = 0;
                place >= 0;
                place = cut.indexOf(CUT, place + 1), cuts++) {
            int to = place - cuts;
            if (to > 0 && at(clean, clean.offsetByCodePoints(to, -1)) > 0) {
                needed.append(clean, from, to).append(CUT);
                from = to;
            }
        }
        return needed.append(clean, from, clean.length()).toString();
    }

    /** Whether the rest of a text is the beginning of a mark. */
    private boolean begins(String text, int from, int end) {
        int rest = end - from;
        if (rest <= 0
                || lengths.length == 0
                || rest >= lengths[0]
                || !first.get(text.charAt(from))) {
            return false;
        }
        String beginning = text.substring(from, end);
        return ids.keySet().stream()
                .anyMatch(mark -> mark.length() > rest && mark.startsWith(beginning));
    }
}
