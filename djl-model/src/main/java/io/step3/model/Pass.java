package io.step3.model;

import io.step3.ops.Buffer;
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
record Pass(Stream stream, Workspace work, List<Span> spans, int tokens) {

    /** A pass whose spans are told to the workspace. */
    static Pass of(Stream stream, Workspace work, List<Span> spans) {
        int tokens = 0;
        work.spans.clear();
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            work.spans.add(span.sequence().cache(), span.position(), span.count());
            tokens += span.count();
        }
        return new Pass(stream, work, spans, tokens);
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

    /** The rows of a span in a matrix of four-byte numbers. */
    static Buffer rows(Buffer matrix, int row, Span span, long columns) {
        long rowBytes = columns * Float.BYTES;
        return matrix.slice(row * rowBytes, span.count() * rowBytes);
    }

    /** As {@link #rows}, for somebody to look at: see {@link Stream#view}. */
    MemorySegment view(Buffer matrix, int row, Span span, long columns) {
        return stream.view(rows(matrix, row, span, columns));
    }
}
