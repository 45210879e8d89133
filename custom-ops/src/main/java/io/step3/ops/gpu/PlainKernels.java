package io.step3.ops.gpu;

import io.step3.ops.WeightType;
import java.util.EnumMap;
import java.util.Map;

/** The kernels of {@code plain_*.cu}, which take every shape. */
final class PlainKernels {
    /** Outputs of a linear layer that a block computes. */
    static final int LINEAR_OUTPUTS = 32;

    /** Rows that {@link Linear#many} computes at a time. */
    static final int LINEAR_ROWS = 4;

    /** Queries that a block of attention takes together. */
    static final int QUERIES = 4;

    /** Keys of a tile of attention, and threads of its blocks. */
    private static final int KEYS = 128;

    /** The widest row of a head. */
    static final int MOST_DIM = 1024;

    /** Groups that a block quantizes. */
    static final int GROUPS = 4;

    /** Rows that a block routes. */
    static final int ROUTED = 4;

    /** Two sums of each warp of a norm. */
    static final int NORM_SHARED = 2 * 4 * Float.BYTES;

    private static final int WEIGHTS = 64;

    /** A linear layer for one row at a time, or for {@value #LINEAR_ROWS}. */
    record Linear(Kernel single, Kernel many) {}

    final Kernel embed;
    final Kernel rmsNorm;
    final Kernel layerNorm;
    final Kernel rotate;
    final Kernel siluMultiply;
    final Kernel quickGelu;
    final Kernel add;
    final Kernel quantize;
    final Kernel patches;
    final Kernel group;
    final Kernel combine;
    final Kernel route;
    final Kernel append;
    final Kernel view;
    final Kernel attention;
    final Kernel fullAttention;
    private final Map<WeightType, Linear> linear = new EnumMap<>(WeightType.class);

    PlainKernels(Kernels kernels) {
        embed = Kernel.of(kernels, "plain_embed", 128, 0, 24 + WEIGHTS);
        rmsNorm = Kernel.of(kernels, "plain_rms_norm", 128, NORM_SHARED, 24 + 2 * WEIGHTS);
        layerNorm = Kernel.of(kernels, "plain_layer_norm", 128, NORM_SHARED, 24 + 2 * WEIGHTS);
        rotate = Kernel.of(kernels, "plain_rotate", 128, 0, 40);
        siluMultiply = Kernel.of(kernels, "plain_silu_multiply", 256, 0, 24);
        quickGelu = Kernel.of(kernels, "plain_quick_gelu", 256, 0, 24);
        add = Kernel.of(kernels, "plain_add", 256, 0, 24);
        quantize = Kernel.of(kernels, "plain_quantize", 128, 0, 56);
        patches = Kernel.of(kernels, "plain_patches", 128, 0, 72);
        group = Kernel.of(kernels, "plain_group", 256, 0, 40);
        combine = Kernel.of(kernels, "plain_combine", 256, 0, 40);
        route = Kernel.of(kernels, "plain_route", 128, 0, 48);
        append = Kernel.of(kernels, "plain_append", 32, 0, 32);
        view = Kernel.of(kernels, "plain_view", 32, 0, 32);
        attention = Kernel.of(kernels, "plain_attention", KEYS, attentionShared(MOST_DIM), 40);
        fullAttention =
                Kernel.of(kernels, "plain_full_attention", KEYS, attentionShared(MOST_DIM), 32);
        for (WeightType type : WeightType.values()) {
            String name =
                    switch (type) {
                        case F32 -> "plain_linear_f32_";
                        case BF16 -> "plain_linear_bf16_";
                        case F16 -> "plain_linear_f16_";
                        case F8_E4M3 -> "plain_linear_e4m3_";
                    };
            linear.put(
                    type,
                    new Linear(
                            Kernel.of(kernels, name + 1, 256, 0, 48 + 2 * WEIGHTS),
                            Kernel.of(kernels, name + LINEAR_ROWS, 256, 0, 48 + 2 * WEIGHTS)));
        }
    }

    Linear linear(WeightType type) {
        return linear.get(type);
    }

    /**
     * Shared memory of a block of attention: queries, sums, a tile's weights, and what is known of
     * each query.
     */
    static int attentionShared(int dim) {
        int padded = Math.ceilDiv(dim, 4) * 4;
        return Float.BYTES * QUERIES * (2 * padded + KEYS + 2);
    }
}
