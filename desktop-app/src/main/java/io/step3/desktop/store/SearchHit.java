package io.step3.desktop.store;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * A place where a search found something.
 *
 * @param title the conversation's title
 * @param message the message; empty if the title was found
 * @param snippet the text about it, on one line, without the marks of Markdown
 * @param matches where in the snippet the terms stand
 * @param updated when something was last said in the conversation
 */
public record SearchHit(
        long conversationId,
        String title,
        OptionalLong message,
        Field field,
        String snippet,
        List<Range> matches,
        Instant updated) {

    public SearchHit {
        matches = List.copyOf(matches);
    }

    /** The words that were found, as they stand in the text, each once. */
    public List<String> found() {
        return matches.stream()
                .map(range -> snippet.substring(range.start(), range.end()))
                .distinct()
                .toList();
    }

    /** Where it was found. */
    public enum Field {
        /** The title of the conversation. */
        TITLE,
        /** What was said. */
        TEXT,
        /** What the model thought. */
        REASONING
    }

    /** A stretch of the snippet in UTF-16 units, {@code end} exclusive. */
    public record Range(int start, int end) {}
}
