package io.step3.model;

import io.step3.image.Filter;
import io.step3.image.FloatResampler;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

    static PositionEmbedding read(Backend backend, Matrix weight) {
        int width = Math.toIntExact(weight.cols());
        int positions = Math.toIntExact(weight.rows());
        int[] ids = new int[positions];
        Arrays.setAll(ids, i -> i);
        float[] rows = new float[positions * width];
        try (Arena arena = Arena.ofConfined();
                Stream stream = backend.newStream()) {
            Buffer all = backend.allocate(arena, (long) positions * Integer.BYTES);
            stream.write(all, MemorySegment.ofArray(ids));
            Buffer values = backend.allocate(arena, (long) rows.length * Float.BYTES);
            stream.embed(values, weight, all, positions);
            stream.read(MemorySegment.ofArray(rows), values);
        }
        float[] classToken = Arrays.copyOf(rows, width);
        float[] squares = Arrays.copyOfRange(rows, width, rows.length);
        return new PositionEmbedding(width, (int) Math.sqrt(positions - 1), classToken, squares);
    }

    /** {@code [leading + side * side, width]}, the grid resized bicubic with antialias. */
    Buffer resized(Backend backend, Arena arena, int side) {
        float[] resized =
                side == grid
                        ? squares
                        : FloatResampler.resizeGrid(
                                squares, grid, grid, width, side, side, Filter.BICUBIC);
        int leading = VisionGeometry.LEADING;
        float[] all = new float[(leading + side * side) * width];
        for (int i = 0; i < leading; i++) {
            System.arraycopy(classToken, 0, all, i * width, width);
        }
        System.arraycopy(resized, 0, all, leading * width, resized.length);
        Buffer out = backend.allocate(arena, (long) all.length * Float.BYTES);
        try (Stream stream = backend.newStream()) {
            stream.write(out, MemorySegment.ofArray(all));
        }
        return out;
    }
}
