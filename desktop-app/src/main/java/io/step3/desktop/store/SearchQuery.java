package io.step3.desktop.store;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What is searched for: terms that must all occur. Words are terms; what stands between double
 * quotes is one term. No character has any other meaning.
 */
record SearchQuery(List<String> terms) {

    private static final int LENGTH_LIMIT = 500;
    private static final int TERM_LIMIT = 16;

    /** The index knows runs of this many characters, so it cannot find fewer. */
    private static final int INDEXED_LENGTH = 3;

    SearchQuery {
        terms = List.copyOf(terms);
    }

    /** Reads what was typed; what is beyond 500 characters or 16 terms is left out. */
    static SearchQuery parse(String typed) {
        List<String> terms = new ArrayList<>();
        StringBuilder term = new StringBuilder();
        boolean quoted = false;
        int[] characters = typed.codePoints().limit(LENGTH_LIMIT).toArray();
        for (int character : characters) {
            boolean blank = Character.isWhitespace(character) || Character.isISOControl(character);
            if (character == '"') {
                quoted = !quoted;
                addTo(terms, term);
            } else if (blank && !quoted) {
                addTo(terms, term);
            } else {
                term.appendCodePoint(blank ? ' ' : character);
            }
        }
        addTo(terms, term);
        return new SearchQuery(terms.stream().distinct().limit(TERM_LIMIT).toList());
    }

    private static void addTo(List<String> terms, StringBuilder term) {
        if (!term.toString().isBlank()) {
            terms.add(term.toString().strip());
        }
        term.setLength(0);
    }

    /**
     * The terms that the index can find, as an FTS5 query: strings, in which nothing is an
     * operator.
     */
    String indexed() {
        return terms.stream()
                .filter(SearchQuery::isIndexed)
                .map(term -> '"' + term + '"')
                .collect(Collectors.joining(" AND "));
    }

    /** Patterns for {@code LIKE ? ESCAPE '\'} of the terms that are too short for the index. */
    List<String> patterns() {
        return terms.stream()
                .filter(term -> !isIndexed(term))
                .map(term -> '%' + term.replaceAll("[\\\\%_]", "\\\\$0") + '%')
                .toList();
    }

    private static boolean isIndexed(String term) {
        return term.codePointCount(0, term.length()) >= INDEXED_LENGTH;
    }
}
