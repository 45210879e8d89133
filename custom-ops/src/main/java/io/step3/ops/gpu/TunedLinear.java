package io.step3.ops.gpu;

import org.jspecify.annotations.Nullable;

/**
 * Linear layers and experts on the tensor cores, for one stream: activations are packed, then
 * multiplied. What a token becomes does not depend on how many there are, to the bit.
 */
final class TunedLinear {
    private final TunedKernels kernels;
    private final Kernel sum;
    private final Faults faults;
    private final Launcher launcher;

    /**
     * @param sum adds up experts: {@link PlainKernels#combine}
     */
    TunedLinear(TunedKernels kernels, Kernel sum, Faults faults, Launcher launcher) {
        this.kernels = kernels;
        this.sum = sum;
        this.faults = faults;
        this.launcher = launcher;
    }

    /** Whether a layer with these weights is for here. */
    boolean fits(GpuMatrix w) {
        return kernels.narrow(w) != null || kernels.of(w, 0) != null;
    }

    /** Whether experts with these weights are for here. */
    boolean fits(GpuMatrix gate, GpuMatrix up, GpuMatrix down, int quantizeGroup) {
        PlaneKernels own = kernels.of(gate, quantizeGroup);
        return own != null
                && own == kernels.of(up, quantizeGroup)
                && kernels.of(down, quantizeGroup) != null
                && gate.count() <= TunedKernels.MOST_EXPERTS;
    }

    /** Bytes of scratch that {@link #linear} needs. */
    long scratch(GpuMatrix w, long tokens) {
        return kernels.narrow(w) != null ? 0 : kernels.of(w, 0).bytes(tokens, w.cols());
    }

    /**
     * {@code out = x w^T + bias}.
     *
     * @param w {@link #fits}
     * @param bias null for none
     * @param scratch where it begins, at a multiple of 16
     */
    void linear(
            long out, long x, GpuMatrix w, @Nullable GpuMatrix bias, long tokens, long scratch) {
        multiply(out, x, w, tokens, scratch);
        if (bias != null) {
            launcher.with(kernels.bias())
                    .int64(out)
                    .weights(bias)
                    .int64(tokens * w.rows())
                    .threads(tokens * w.rows());
        }
    }

    private void multiply(long out, long x, GpuMatrix w, long tokens, long scratch) {
        NarrowKernels narrow = kernels.narrow(w);
        if (narrow != null) {
            narrow.linear(launcher, out, x, w, tokens);
            return;
        }
        PlaneKernels own = kernels.of(w, 0);
        pack(own, x, 0, tokens, w.cols(), scratch);
        multiply(own, scratch, out, w, 0, null, tokens, tokens, 1, Grouping.NONE);
    }

    /**
     * The chosen experts, as {@link io.step3.ops.Stream#experts} has them.
     *
     * @param gate {@link #fits}, as the others
     * @param at the parts of the scratch
     */
    void experts(
            long out,
            long x,
            long ids,
            long weights,
            GpuMatrix gate,
            GpuMatrix up,
            GpuMatrix down,
            long rows,
            int k,
            int quantizeGroup,
            TunedExpertsScratch at) {
        long places = rows * k;
        Grouping grouping = group(at, ids, places, gate.count());
        long expected = Math.ceilDiv(2 * places, gate.count());
        PlaneKernels first = kernels.of(gate, quantizeGroup);
        pack(first, x, 0, rows, gate.cols(), at.packed());
        multiply(
                first,
                at.packed(),
                at.gated(),
                gate,
                at.upped(),
                up,
                expected,
                places,
                k,
                grouping);
        PlaneKernels second = kernels.of(down, quantizeGroup);
        pack(second, at.gated(), at.upped(), places, down.cols(), at.packed());
        multiply(second, at.packed(), at.parts(), down, 0, null, expected, places, 1, grouping);
        launcher.with(sum)
                .int64(out)
                .int64(at.parts())
                .int64(weights)
                .int64(rows * gate.cols())
                .int32(Math.toIntExact(gate.cols()))
                .int32(k)
                .threads(rows * gate.cols());
    }

    private Grouping group(TunedExpertsScratch at, long ids, long places, int experts) {
        int most = (int) Math.min(places, experts);
        Kernel group = kernels.group();
        launcher.with(group)
                .int64(at.used())
                .int64(at.from())
                .int64(at.order())
                .int64(ids)
                .int64(faults.address())
                .int32(Math.toIntExact(places))
                .int32(experts)
                .int32(most)
                .int32(0)
                .blocks(1, 1, 1, group.cuda().sharedBytes());
        return new Grouping(at.used(), at.from(), at.order(), most);
    }

    /**
     * Activations as planes, and their scales behind.
     *
     * @param up if not 0, what is packed is {@code silu(x) * up}
     */
    private void pack(PlaneKernels own, long x, long up, long tokens, long cols, long to) {
        launcher.with(own.pack())
                .int64(to)
                .int64(to + own.planeBytes(tokens, cols))
                .int64(x)
                .int64(up)
                .int32(Math.toIntExact(tokens))
                .int32(Math.toIntExact(cols))
                .int32(Math.toIntExact(own.pitch(cols)))
                .int32(0)
                .blocks(tokens, 1, 1, own.pack().cuda().sharedBytes());
    }

    /**
     * @param packed planes and scales
     * @param second another matrix of the same shape and format, or null
     * @param expected tokens of an expert
     * @param places choices of all tokens together
     * @param choices of a token
     */
    private void multiply(
            PlaneKernels own,
            long packed,
            long out,
            GpuMatrix w,
            long secondOut,
            @Nullable GpuMatrix second,
            long expected,
            long places,
            int choices,
            Grouping grouping) {
        LinearTile tile = own.tile(expected);
        GpuMatrix other = second == null ? w : second;
        launcher.with(tile.kernel())
                .int64(out)
                .int64(secondOut)
                .int64(w.address())
                .int64(other.address())
                .int64(w.scales())
                .int64(other.scales())
                .int64(packed)
                .int64(packed + own.planeBytes(places / choices, w.cols()))
                .int64(grouping.used())
                .int64(grouping.from())
                .int64(grouping.order())
                .int32(Math.toIntExact(w.rows()))
                .int32(Math.toIntExact(own.pitch(w.cols())))
                .int32(Math.toIntExact(places))
                .int32(choices)
                .int32(grouping.most())
                .int32(0)
                .blocks(
                        Math.ceilDiv(w.rows(), tile.rows()),
                        second == null ? 1 : 2,
                        tile.blocks(places, grouping.most()),
                        tile.kernel().cuda().sharedBytes());
    }
}
