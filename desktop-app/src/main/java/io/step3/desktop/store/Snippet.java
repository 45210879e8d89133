package io.step3.desktop.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The part of a text that shows where the terms of a search stand.
 *
 * @param offset where the first match begins in the whole text; 0 if there is none
 * @param terms how many of the terms stand in the whole text
 */
record Snippet(String text, List<SearchHit.Range> matches, int offset, int terms) {

    private static final int BEFORE = 40;
    private static final int LENGTH = 160;

    static Snippet of(String text, List<String> terms) {
        int first = -1;
        int found = 0;
        for (String term : terms) {
            int at = indexOf(text, term, 0, text.length());
            if (at >= 0) {
                found++;
                first = first < 0 ? at : Math.min(first, at);
            }
        }
        int start = boundary(text, Math.max(0, first - BEFORE));
        int end = boundary(text, Math.min(text.length(), start + LENGTH));
        String cut =
                (start > 0 ? "…" : "")
                        + line(text.substring(start, end))
                        + (end < text.length() ? "…" : "");
        return new Snippet(cut, matches(cut, terms), Math.max(0, first), found);
    }

    private static List<SearchHit.Range> matches(String text, List<String> terms) {
        List<SearchHit.Range> all = new ArrayList<>();
        for (String term : terms) {
            int at = indexOf(text, term, 0, text.length());
            while (at >= 0) {
                all.add(new SearchHit.Range(at, at + term.length()));
                at = indexOf(text, term, at + term.length(), text.length());
            }
        }
        all.sort(Comparator.comparingInt(SearchHit.Range::start));
        return merge(all);
    }

    /** Joins ranges that overlap, as those of "cat" and "category" do. */
    private static List<SearchHit.Range> merge(List<SearchHit.Range> sorted) {
        List<SearchHit.Range> merged = new ArrayList<>();
        for (SearchHit.Range range : sorted) {
            if (!merged.isEmpty() && range.start() <= merged.getLast().end()) {
                SearchHit.Range last = merged.removeLast();
                merged.add(new SearchHit.Range(last.start(), Math.max(last.end(), range.end())));
            } else {
                merged.add(range);
            }
        }
        return merged;
    }

    private static int indexOf(String text, String term, int from, int to) {
        for (int i = from; i + term.length() <= to; i++) {
            if (text.regionMatches(true, i, term, 0, term.length())) {
                return i;
            }
        }
        return -1;
    }

    // The same number of characters, so that a match stays where it is.
    private static String line(String text) {
        return text.replaceAll("\\s", " ");
    }

    private static int boundary(String text, int index) {
        boolean insideCharacter =
                index > 0
                        && index < text.length()
                        && Character.isLowSurrogate(text.charAt(index))
                        && Character.isHighSurrogate(text.charAt(index - 1));
        return insideCharacter ? index - 1 : index;
    }
}
