package io.step3.model;

import io.step3.ops.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.ObjIntConsumer;

/**
 * One forward pass: the next tokens of some sequences, whose rows stand one behind another in every
 * matrix of the workspace. What works row by row sees all of them at once; rotation and attention
 * go span by span.
 *
 * @param tokens of all spans together
 */
record Pass(Kernels kernels, Workspace work, List<Span> spans, int tokens) {

    static Pass of(Kernels kernels, Workspace work, List<Span> spans) {
        return new Pass(kernels, work, spans, spans.stream().mapToInt(Span::count).sum());
    }

    /** Hands over each span with the row of its first token. */
    void each(ObjIntConsumer<Span> action) {
        int row = 0;
        for (Span span : spans) {
            action.accept(span, row);
            row += span.count();
        }
    }

    /** As {@link #each}, for the spans that somebody watches. */
    void eachWatched(ObjIntConsumer<Span> action) {
        each(
                (span, row) -> {
                    if (span.isWatched()) {
                        action.accept(span, row);
                    }
                });
    }

    /** Whether anybody watches. */
    boolean isWatched() {
        for (Span span : spans) {
            if (span.isWatched()) {
                return true;
            }
        }
        return false;
    }

    /** Tells those who watch that a stage took the time since {@code began}. */
    void spent(Stage stage, long began) {
        long nanoseconds = System.nanoTime() - began;
        eachWatched((span, _) -> span.observer().spent(stage, nanoseconds));
    }

    /** The rows of a span in a matrix of four-byte numbers. */
    static MemorySegment rows(MemorySegment matrix, int row, Span span, long columns) {
        long rowBytes = columns * Float.BYTES;
        return matrix.asSlice(row * rowBytes, span.count() * rowBytes);
    }
}
