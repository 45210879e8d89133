package io.step3.desktop.store;

import io.step3.desktop.markdown.Excerpt;
import io.step3.desktop.markdown.MarkdownStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The part of a text that shows where the terms of a search stand.
 *
 * @param terms how many of the terms stand in the whole text
 */
record Snippet(String text, List<SearchHit.Range> matches, int terms) {

    private static final int BEFORE = 40;
    private static final int LENGTH = 160;

    /**
     * What is read about a match in Markdown, to each side: its line, but of a long one so much.
     */
    private static final int ABOUT = 1000;

    static Snippet of(String text, List<String> terms) {
        return cut(text, terms, places(text, terms), false, false);
    }

    /** As {@link #of}, without the marks of Markdown, unless a term stands in one of them. */
    static Snippet ofMarkdown(String text, List<String> terms) {
        int[] places = places(text, terms);
        if (places.length == 0) {
            return cut(text, terms, places, false, false);
        }
        int first = places[0];
        int near = text.lastIndexOf('\n', Math.max(0, first - BEFORE)) + 1;
        int start = boundary(text, Math.max(near, first - ABOUT));
        int line = text.indexOf('\n', Math.min(text.length(), first + LENGTH));
        int end = boundary(text, Math.min(line < 0 ? text.length() : line, first + ABOUT));
        String about = text.substring(start, end);
        int[] marked = places(about, terms);
        String plain = new Excerpt(MarkdownStream.parse(about)).plain();
        int[] shown = places(plain, terms);
        boolean hidden = shown.length < marked.length;
        Snippet snippet =
                cut(
                        hidden ? about : plain,
                        terms,
                        hidden ? marked : shown,
                        start > 0,
                        end < text.length());
        return new Snippet(snippet.text(), snippet.matches(), places.length);
    }

    /**
     * @param before whether there is more before the text
     * @param after whether there is more after it
     */
    private static Snippet cut(
            String text, List<String> terms, int[] places, boolean before, boolean after) {
        int first = places.length == 0 ? 0 : places[0];
        int start = boundary(text, Math.max(0, first - BEFORE));
        int end = boundary(text, Math.min(text.length(), start + LENGTH));
        String cut =
                (before || start > 0 ? "…" : "")
                        + line(text.substring(start, end))
                        + (after || end < text.length() ? "…" : "");
        return new Snippet(cut, matches(cut, terms), places.length);
    }

    /** Where each of the terms first stands, of those that do, in the order of the text. */
    private static int[] places(String text, List<String> terms) {
        return terms.stream()
                .mapToInt(term -> indexOf(text, term, 0, text.length()))
                .filter(at -> at >= 0)
                .sorted()
                .toArray();
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
