package io.step3.model;

import io.step3.checkpoint.VisionConfig;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Convolution;
import java.lang.foreign.Arena;

/** The working memory of one run of the vision tower over a picture of a given grid. */
final class VisionWorkspace {

    /** {@code [3, side, side]}: pixels. */
    final Buffer pixels;

    /** {@code [tokens, width]}: the residual stream, leading tokens first. */
    final Buffer hidden;

    /** {@code [tokens, 3, heads, headDim]}. */
    final Buffer qkv;

    /** {@code [tokens, heads, headDim]}. */
    final Buffer heads;

    /** {@code [tokens, width]}. */
    final Buffer branch;

    /** {@code [tokens, intermediate]}. */
    final Buffer mlp;

    /** {@code [rows, columns, channels]} after the first downsampler. */
    final Buffer down1;

    /** {@code [rows, columns, channels]} after the second downsampler. */
    final Buffer down2;

    /** What a convolution needs for itself. */
    final Buffer scratch;

    VisionWorkspace(Arena arena, Backend backend, VisionConfig config, VisionGeometry geometry) {
        int tokens = geometry.tokens();
        long width = config.hiddenSize();
        pixels =
                floats(
                        backend,
                        arena,
                        (long) geometry.embedding().channels()
                                * geometry.embedding().height()
                                * geometry.embedding().width());
        hidden = floats(backend, arena, tokens * width);
        qkv = floats(backend, arena, 3 * tokens * width);
        heads = floats(backend, arena, tokens * width);
        branch = floats(backend, arena, tokens * width);
        mlp = floats(backend, arena, (long) tokens * config.intermediateSize());
        down1 = floats(backend, arena, outputs(geometry.first()) * config.outputHiddenSize());
        down2 = floats(backend, arena, outputs(geometry.second()) * 2 * config.outputHiddenSize());
        long bytes = 0;
        for (Convolution step : geometry.convolutions()) {
            bytes = Math.max(bytes, backend.convolveScratch(step));
        }
        scratch = backend.allocate(arena, bytes);
    }

    /** About what a workspace for whole pictures takes, wherever it lies. */
    static long bytes(VisionConfig config, int projectorStride) {
        VisionGeometry geometry = VisionGeometry.of(config, projectorStride, config.imageSize());
        long tokens = geometry.tokens();
        long numbers = tokens * (6L * config.hiddenSize() + config.intermediateSize());
        numbers += outputs(geometry.first()) * config.outputHiddenSize();
        numbers += outputs(geometry.second()) * 2 * config.outputHiddenSize();
        long scratch = 0;
        for (Convolution step : geometry.convolutions()) {
            scratch = Math.max(scratch, outputs(step) * step.patch());
        }
        return (numbers + scratch) * Float.BYTES;
    }

    private static long outputs(Convolution shape) {
        return (long) shape.outHeight() * shape.outWidth();
    }

    private static Buffer floats(Backend backend, Arena arena, long count) {
        return backend.allocate(arena, count * Float.BYTES);
    }
}
