package io.step3.model;

import io.step3.ops.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One forward pass: the next tokens of some sequences, whose rows stand one behind another in every
 * matrix of the workspace. What works row by row sees all of them at once; rotation and attention
 * go span by span.
 *
 * @param tokens of all spans together
 */
record Pass(Kernels kernels, Workspace work, List<Span> spans, int tokens) {

    /** Tokens of some spans together. */
    static int tokens(List<Span> spans) {
        int tokens = 0;
        for (Span span : spans) {
            tokens += span.count();
        }
        return tokens;
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
        for (Span span : spans) {
            if (span.isWatched()) {
                span.observer().spent(stage, nanoseconds);
            }
        }
    }

    /** The rows of a span in a matrix of four-byte numbers. */
    static MemorySegment rows(MemorySegment matrix, int row, Span span, long columns) {
        long rowBytes = columns * Float.BYTES;
        return matrix.asSlice(row * rowBytes, span.count() * rowBytes);
    }
}
