package io.step3.model;

import io.step3.ops.Stream;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One forward pass: the next tokens of some sequences, whose rows stand one behind another in every
 * matrix of the workspace. What works row by row sees all of them at once; rotation and attention
 * are told by {@code work.spans} whose rows are which.
 *
 * @param tokens of all spans together
 */
record Pass(Streams streams, Workspace work, List<Span> spans, int tokens) {

    /** A pass whose spans are told to the workspace. */
    static Pass of(Streams streams, Workspace work, List<Span> spans) {
        int tokens = 0;
        work.spans.clear();
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            work.spans.add(span.sequence().cache(), span.position(), span.count());
            tokens += span.count();
        }
        return new Pass(streams, work, spans, tokens);
    }

    /** Whether anybody watches. */
    boolean isWatched() {
        for (int i = 0; i < spans.size(); i++) {
            if (spans.get(i).isWatched()) {
                return true;
            }
        }
        return false;
    }

    /** Tells those who watch that a stage took the time since {@code began}. */
    void spent(Stage stage, long began) {
        if (!isWatched()) {
            return;
        }
        long nanoseconds = System.nanoTime() - began;
        for (Span span : spans) {
            if (span.isWatched()) {
                span.observer().spent(stage, nanoseconds);
            }
        }
    }

    /** What computes at a place. */
    Stream stream(Where where) {
        return streams.at(where);
    }

    /** Where the residual stream lies. */
    Where home() {
        return work.home();
    }

    /** Brings a matrix from where it was computed to where it is needed: see {@link Rows#carry}. */
    void carry(Rows matrix, Where from, Where to) {
        matrix.carry(streams, from, to, tokens);
    }

    /** The rows of a span in a matrix, for somebody to look at: see {@link Stream#view}. */
    MemorySegment view(Rows matrix, Where where, int row, Span span) {
        return stream(where).view(matrix.at(where, row, span.count()));
    }
}
