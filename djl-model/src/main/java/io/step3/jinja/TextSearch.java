package io.step3.jinja;

import java.util.Arrays;

/** Finds a text in another, in a time that grows with the sum of their lengths. */
final class TextSearch {

    /** Up to here Java's own search is quick whatever the texts are. */
    private static final int SHORT = 32;

    private TextSearch() {}

    /** The first place between two, or -1. All places are of UTF-16. */
    static int first(Budget budget, String text, String part, int from, int to) {
        if (part.length() > to - from) {
            return -1;
        }
        if (part.length() <= SHORT) {
            int at = text.indexOf(part, from, to);
            budget.read(2L * ((at < 0 ? to : at) - from));
            return at;
        }
        int[] borders = borders(budget, part, false);
        budget.read(2L * (to - from));
        int matched = 0;
        for (int i = from; i < to; i++) {
            matched = matched(part, borders, matched, text.charAt(i), false);
            if (matched == part.length()) {
                return i + 1 - matched;
            }
        }
        return -1;
    }

    /** The last place between two, or -1. */
    static int last(Budget budget, String text, String part, int from, int to) {
        if (part.length() > to - from) {
            return -1;
        }
        if (part.length() <= SHORT) {
            int at = text.lastIndexOf(part, to - part.length());
            budget.read(2L * (to - Math.max(at, 0)));
            return at >= from ? at : -1;
        }
        int[] borders = borders(budget, part, true);
        budget.read(2L * (to - from));
        int matched = 0;
        for (int i = to - 1; i >= from; i--) {
            matched = matched(part, borders, matched, text.charAt(i), true);
            if (matched == part.length()) {
                return i;
            }
        }
        return -1;
    }

    private static char at(String part, int index, boolean backwards) {
        return part.charAt(backwards ? part.length() - 1 - index : index);
    }

    /** How much of the part matches after one more character. */
    private static int matched(
            String part, int[] borders, int before, char next, boolean backwards) {
        int matched = before;
        while (matched > 0 && at(part, matched, backwards) != next) {
            matched = borders[matched - 1];
        }
        return at(part, matched, backwards) == next ? matched + 1 : matched;
    }

    /** For every beginning of the part how much of it is also its end. */
    private static int[] borders(Budget budget, String part, boolean backwards) {
        budget.write(2L * part.length());
        int[] borders = new int[part.length()];
        for (int i = 1; i < borders.length; i++) {
            borders[i] = matched(part, borders, borders[i - 1], at(part, i, backwards), backwards);
        }
        return borders;
    }

    /** Places one after the other, at most so many; for a part that is not empty. */
    static int[] all(Budget budget, String text, String part, int from, int to, long max) {
        int[] places = new int[8];
        int count = 0;
        if (part.length() > SHORT) {
            int[] borders = borders(budget, part, false);
            budget.read(2L * (to - from));
            int matched = 0;
            for (int i = from; i < to && count < max; i++) {
                matched = matched(part, borders, matched, text.charAt(i), false);
                if (matched == part.length()) {
                    places = grown(budget, places, count);
                    places[count++] = i + 1 - matched;
                    matched = 0;
                }
            }
            return Arrays.copyOf(places, count);
        }
        budget.read(2L * (to - from));
        int at = from;
        while (count < max && (at = text.indexOf(part, at, to)) >= 0) {
            places = grown(budget, places, count);
            places[count++] = at;
            at += part.length();
        }
        return Arrays.copyOf(places, count);
    }

    /** The last places in ascending order, at most so many, as found from the end. */
    static int[] allFromEnd(Budget budget, String text, String part, long max) {
        int[] places = new int[8];
        int count = 0;
        int[] borders = part.length() > SHORT ? borders(budget, part, true) : null;
        budget.read(2L * text.length());
        int end = text.length();
        int matched = 0;
        while (count < max && end > 0) {
            if (borders == null) {
                end = text.lastIndexOf(part, end - part.length());
                matched = end < 0 ? 0 : part.length();
            } else {
                matched = matched(part, borders, matched, text.charAt(--end), true);
            }
            if (matched == part.length()) {
                places = grown(budget, places, count);
                places[count++] = end;
                matched = 0;
            }
        }
        int[] ascending = new int[count];
        for (int i = 0; i < count; i++) {
            ascending[i] = places[count - 1 - i];
        }
        return ascending;
    }

    private static int[] grown(Budget budget, int[] places, int count) {
        if (count < places.length) {
            return places;
        }
        budget.take(8L * places.length);
        return Arrays.copyOf(places, 2 * places.length);
    }
}
