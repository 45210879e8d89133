package io.step3.ops.gpu;

import io.step3.ops.Format;
import io.step3.ops.KvFormat;
import io.step3.ops.WeightType;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The kernels for the tensor cores, in the variants that suit a device. They are loaded when the
 * first of their kind is asked for. Safe for use by several threads.
 */
final class TunedKernels {
    /** Of a layer, at most. */
    static final int MOST_EXPERTS = 1024;

    private static final int BLOCK = 128;

    private final Kernels kernels;
    private final int sharedLimit;
    private @Nullable PlaneKernels fp8;
    private @Nullable PlaneKernels roundedFp8;
    private @Nullable PlaneKernels bf16;
    private @Nullable Kernel group;
    private @Nullable Kernel bias;
    private final Map<WeightType, NarrowKernels> narrow = new EnumMap<>(WeightType.class);
    private final Map<KvFormat, AttentionKernels> attention = new EnumMap<>(KvFormat.class);

    /**
     * @param sharedLimit shared memory that a thread block may have, in bytes
     */
    TunedKernels(Kernels kernels, int sharedLimit) {
        this.kernels = kernels;
        this.sharedLimit = sharedLimit;
    }

    private PlaneKernels fp8() {
        if (fp8 == null) {
            boolean large = LinearTile.manyShared(2, 128, 64, 3) <= sharedLimit;
            fp8 =
                    new PlaneKernels(
                            2,
                            BLOCK,
                            true,
                            PlaneKernels.pack(kernels, "pack_f16x2"),
                            LinearTile.few(kernels, "block_linear_2x8", 8),
                            LinearTile.few(kernels, "block_linear_2x16", 16),
                            LinearTile.many(kernels, "gemm_block_2x64x3", 2, 64, 64, 3),
                            large
                                    ? LinearTile.many(kernels, "gemm_block_2x128x3", 2, 128, 64, 3)
                                    : LinearTile.many(
                                            kernels, "gemm_block_2x128x2", 2, 128, 64, 2));
        }
        return fp8;
    }

    private PlaneKernels roundedFp8() {
        if (roundedFp8 == null) {
            roundedFp8 =
                    new PlaneKernels(
                            1,
                            BLOCK,
                            true,
                            PlaneKernels.pack(kernels, "pack_e4m3"),
                            LinearTile.few(kernels, "block_linear_1x8", 8),
                            LinearTile.few(kernels, "block_linear_1x16", 16),
                            LinearTile.many(kernels, "gemm_block_1x64x3", 1, 64, 64, 3),
                            LinearTile.many(kernels, "gemm_block_1x128x3", 1, 128, 64, 3));
        }
        return roundedFp8;
    }

    private PlaneKernels bf16() {
        if (bf16 == null) {
            bf16 =
                    new PlaneKernels(
                            3,
                            BLOCK / 2,
                            false,
                            PlaneKernels.pack(kernels, "pack_bf16x3"),
                            LinearTile.few(kernels, "dense_linear_3x8", 8),
                            LinearTile.few(kernels, "dense_linear_3x16", 16),
                            LinearTile.many(kernels, "gemm_dense_3x64x3", 3, 64, 32, 3),
                            LinearTile.many(kernels, "gemm_dense_3x128x3", 3, 128, 32, 3));
        }
        return bf16;
    }

    /** Groups choices by expert (the struct {@code GroupPlaces} of {@code arguments.cuh}). */
    synchronized Kernel group() {
        if (group == null) {
            int shared = (MOST_EXPERTS + 1) * Integer.BYTES;
            group = Kernel.of(kernels, "group_places", MOST_EXPERTS, shared, 56);
        }
        return group;
    }

    /** Adds a bias to every row of what there is. */
    synchronized Kernel bias() {
        if (bias == null) {
            bias = Kernel.of(kernels, "add_bias", 256, 0, 80);
        }
        return bias;
    }

    /** The kernels for a layer of few outputs, or null if it has more, or other weights. */
    synchronized @Nullable NarrowKernels narrow(GpuMatrix w) {
        WeightType type = w.format().type();
        if (w.rows() > NarrowKernels.MOST_OUTPUTS
                || type != WeightType.F32 && type != WeightType.BF16) {
            return null;
        }
        return narrow.computeIfAbsent(type, t -> NarrowKernels.of(kernels, t));
    }

    /** Attention over caches of a format, or null if there is none: then plain kernels do. */
    synchronized @Nullable AttentionKernels attention(KvFormat format) {
        return attention.computeIfAbsent(format, f -> AttentionKernels.of(kernels, f, sharedLimit));
    }

    /**
     * The kernels that multiply these weights, or null if there are none: then plain ones do.
     *
     * @param quantizeGroup columns that share a scale if activations are to be rounded to fp8 where
     *     the weights take it, or 0
     */
    synchronized @Nullable PlaneKernels of(GpuMatrix w, int quantizeGroup) {
        return switch (w.format()) {
            case Format.Blocks b when b.rows() == BLOCK && b.cols() == BLOCK && w.isFinite() -> {
                if (quantizeGroup == 0) {
                    yield fp8();
                }
                yield quantizeGroup == BLOCK ? roundedFp8() : null;
            }
            case Format.Plain p when p.type() == WeightType.BF16 -> bf16();
            default -> null;
        };
    }
}
