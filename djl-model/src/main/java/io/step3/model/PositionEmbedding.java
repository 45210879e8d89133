package io.step3.model;

import io.step3.image.FloatResampler;
import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The learned position embeddings of the vision tower: one for the class token, then a square grid.
 *
 * @param width numbers a position has
 * @param grid positions a side
 * @param classToken {@code [width]}
 * @param planes {@code [width, grid, grid]}
 */
record PositionEmbedding(int width, int grid, float[] classToken, float[] planes) {

    static PositionEmbedding read(Kernels kernels, Weight weight) {
        int width = Math.toIntExact(weight.cols());
        int positions = Math.toIntExact(weight.rows());
        float[] rows;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, positions);
            for (int i = 0; i < positions; i++) {
                ids.setAtIndex(ValueLayout.JAVA_INT, i, i);
            }
            MemorySegment values =
                    arena.allocate(ValueLayout.JAVA_FLOAT, (long) positions * width);
            kernels.embed(values, weight, ids, positions);
            rows = values.toArray(ValueLayout.JAVA_FLOAT);
        }
        float[] classToken = new float[width];
        System.arraycopy(rows, 0, classToken, 0, width);
        int squares = positions - 1;
        float[] planes = new float[width * squares];
        for (int p = 0; p < squares; p++) {
            for (int c = 0; c < width; c++) {
                planes[c * squares + p] = rows[(p + 1) * width + c];
            }
        }
        return new PositionEmbedding(width, (int) Math.sqrt(squares), classToken, planes);
    }

    /** {@code [leading + side * side, width]}, the grid resized bicubic with antialias. */
    MemorySegment resized(Arena arena, int side) {
        float[] resized =
                side == grid
                        ? planes
                        : FloatResampler.BICUBIC.resize(planes, width, grid, grid, side, side);
        int squares = side * side;
        int leading = VisionGeometry.LEADING;
        MemorySegment out =
                arena.allocate(ValueLayout.JAVA_FLOAT, (long) (leading + squares) * width);
        for (int t = 0; t < leading + squares; t++) {
            for (int c = 0; c < width; c++) {
                float value =
                        t < leading ? classToken[c] : resized[c * squares + t - leading];
                out.setAtIndex(ValueLayout.JAVA_FLOAT, (long) t * width + c, value);
            }
        }
        return out;
    }
}
