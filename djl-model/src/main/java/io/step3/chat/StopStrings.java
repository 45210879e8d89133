package io.step3.chat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Finds the first stop text (stop sequence) in a stream, however the stream is cut into pieces.
 * Only what may be the beginning of a stop text is held back.
 *
 * <p>One Knuth-Morris-Pratt automaton per stop text, so the time is linear in the stream. For one
 * thread.
 */
public final class StopStrings {

    private final List<String> stops;
    private final int[][] failures;

    /** How many characters of each stop text the end of the stream matches. */
    private final int[] matched;

    private final StringBuilder held = new StringBuilder();

    /** The stop text that was found. */
    private Optional<String> found = Optional.empty();

    /**
     * A matcher for one stream.
     *
     * @param stops texts that are not empty; an empty list stops nothing
     */
    public StopStrings(List<String> stops) {
        this.stops = List.copyOf(stops);
        this.failures = this.stops.stream().map(StopStrings::failure).toArray(int[][]::new);
        this.matched = new int[this.stops.size()];
    }

    /**
     * Takes the text before the stream, in which a stop text may begin. What ends in it stops
     * nothing, and nothing of it is given out.
     */
    public void precede(String text) {
        for (int i = 0; i < text.length(); i++) {
            for (int s = 0; s < matched.length; s++) {
                advance(s, text.charAt(i));
            }
        }
    }

    /**
     * Takes the next piece of text.
     *
     * @return the text that is certainly before any stop text; after a stop always empty
     */
    public String feed(String chunk) {
        if (stopped()) {
            return "";
        }
        for (int i = 0; i < chunk.length(); i++) {
            char c = chunk.charAt(i);
            held.append(c);
            String complete = "";
            for (int s = 0; s < matched.length; s++) {
                String stop = stops.get(s);
                if (advance(s, c) == stop.length() && stop.length() > complete.length()) {
                    complete = stop;
                }
            }
            if (!complete.isEmpty()) {
                found = Optional.of(complete);
                return take(held.length() - complete.length());
            }
        }
        // What a piece of no text finds held stays held.
        return take(held.length() - Arrays.stream(matched).max().orElse(0));
    }

    /** Ends the stream: what was held back is no stop text after all. */
    public String finish() {
        return stopped() ? "" : take(held.length());
    }

    /** Whether a stop text was found. */
    public boolean stopped() {
        return found.isPresent();
    }

    /** The stop text that was found; the longest, where several end in the same place. */
    public Optional<String> found() {
        return found;
    }

    private String take(int length) {
        // Negative where the stop text began before the stream.
        String text = held.substring(0, Math.max(0, length));
        held.delete(0, text.length());
        return text;
    }

    private int advance(int s, char c) {
        String stop = stops.get(s);
        int state = matched[s];
        while (state > 0 && (state == stop.length() || stop.charAt(state) != c)) {
            state = failures[s][state - 1];
        }
        if (stop.charAt(state) == c) {
            state++;
        }
        matched[s] = state;
        return state;
    }

    private static int[] failure(String stop) {
        int[] failure = new int[stop.length()];
        for (int i = 1, k = 0; i < stop.length(); i++) {
            while (k > 0 && stop.charAt(i) != stop.charAt(k)) {
                k = failure[k - 1];
            }
            if (stop.charAt(i) == stop.charAt(k)) {
                k++;
            }
            failure[i] = k;
        }
        return failure;
    }
}
