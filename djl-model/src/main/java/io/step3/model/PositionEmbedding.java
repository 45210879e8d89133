package io.step3.model;

import io.step3.image.Filter;
import io.step3.image.FloatResampler;
import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The learned position embeddings of the vision tower: one for the class token, then a square grid.
 *
 * @param width numbers a position has
 * @param grid positions a side
 * @param classToken {@code [width]}
 * @param squares {@code [grid * grid, width]}
 */
record PositionEmbedding(int width, int grid, float[] classToken, float[] squares) {

    static PositionEmbedding read(Kernels kernels, Weight weight) {
        int width = Math.toIntExact(weight.cols());
        int positions = Math.toIntExact(weight.rows());
        float[] rows;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, positions);
            for (int i = 0; i < positions; i++) {
                ids.setAtIndex(ValueLayout.JAVA_INT, i, i);
            }
            MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, (long) positions * width);
            kernels.embed(values, weight, ids, positions);
            rows = values.toArray(ValueLayout.JAVA_FLOAT);
        }
        float[] classToken = Arrays.copyOf(rows, width);
        float[] squares = Arrays.copyOfRange(rows, width, rows.length);
        return new PositionEmbedding(width, (int) Math.sqrt(positions - 1), classToken, squares);
    }

    /** {@code [leading + side * side, width]}, the grid resized bicubic with antialias. */
    MemorySegment resized(Arena arena, int side) {
        float[] resized =
                side == grid
                        ? squares
                        : FloatResampler.resizeGrid(
                                squares, grid, grid, width, side, side, Filter.BICUBIC);
        int leading = VisionGeometry.LEADING;
        MemorySegment out =
                arena.allocate(ValueLayout.JAVA_FLOAT, (long) (leading + side * side) * width);
        for (int i = 0; i < leading; i++) {
            MemorySegment.copy(
                    classToken,
                    0,
                    out,
                    ValueLayout.JAVA_FLOAT,
                    (long) i * width * Float.BYTES,
                    width);
        }
        MemorySegment.copy(
                resized,
                0,
                out,
                ValueLayout.JAVA_FLOAT,
                (long) leading * width * Float.BYTES,
                resized.length);
        return out;
    }
}
