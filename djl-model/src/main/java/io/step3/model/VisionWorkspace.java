package io.step3.model;

import io.step3.checkpoint.VisionConfig;
import io.step3.ops.Convolution;
import io.step3.ops.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The working memory of one run of the vision tower over a picture of a given grid. */
final class VisionWorkspace {

    /** {@code [3, side, side]}: pixels. */
    final MemorySegment pixels;

    /** {@code [tokens, width]}: the residual stream, leading tokens first. */
    final MemorySegment hidden;

    /** {@code [tokens, 3, heads, headDim]}. */
    final MemorySegment qkv;

    /** {@code [tokens, heads, headDim]}. */
    final MemorySegment heads;

    /** {@code [tokens, width]}. */
    final MemorySegment branch;

    /** {@code [tokens, intermediate]}. */
    final MemorySegment mlp;

    /** {@code [rows, columns, channels]} after the first downsampler. */
    final MemorySegment down1;

    /** {@code [rows, columns, channels]} after the second downsampler. */
    final MemorySegment down2;

    /** What a convolution needs for itself. */
    final MemorySegment scratch;

    VisionWorkspace(Arena arena, Kernels kernels, VisionConfig config, VisionGeometry geometry) {
        int tokens = geometry.tokens();
        long width = config.hiddenSize();
        pixels =
                floats(
                        arena,
                        (long) geometry.embedding().channels()
                                * geometry.embedding().height()
                                * geometry.embedding().width());
        hidden = floats(arena, tokens * width);
        qkv = floats(arena, 3 * tokens * width);
        heads = floats(arena, tokens * width);
        branch = floats(arena, tokens * width);
        mlp = floats(arena, (long) tokens * config.intermediateSize());
        down1 = floats(arena, outputs(geometry.first()) * config.outputHiddenSize());
        down2 = floats(arena, outputs(geometry.second()) * 2 * config.outputHiddenSize());
        long bytes = 0;
        for (Convolution step : geometry.convolutions()) {
            bytes = Math.max(bytes, kernels.convolveScratch(step));
        }
        scratch = LazyMemory.allocate(arena, bytes);
    }

    private static long outputs(Convolution shape) {
        return (long) shape.outHeight() * shape.outWidth();
    }

    private static MemorySegment floats(Arena arena, long count) {
        return LazyMemory.allocate(arena, count * Float.BYTES);
    }
}
