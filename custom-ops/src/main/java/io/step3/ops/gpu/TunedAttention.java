package io.step3.ops.gpu;

import io.step3.ops.Spans;

/**
 * Attention on the tensor cores, for one stream. Rows that are their sequence's only one share the
 * device by splits of their contexts; rows of prompts go two by two. How a sequence is split
 * depends on its own length alone, so what a row becomes does not depend on the rows beside it.
 */
final class TunedAttention {

    /** No split has fewer keys, but a sequence's only one. */
    private static final int SPLIT_KEYS = 128;

    private static final int ALIGNMENT = 256;

    /** What kernels read and write of queries and results at a time. */
    private static final int PAIR_BYTES = 2 * Float.BYTES;

    private final AttentionKernels kernels;
    private final Scratch scratch;
    private final Launcher launcher;
    private final int blocks;

    private final int mostSplits;

    private long rows;
    private boolean alone;
    private boolean together;
    private Plan plan = Plan.of(0, 0, 0, 0);

    /**
     * Where the work list of a pass and the partial results of a layer lie.
     *
     * @param items int32 {@code [splits, 4]}
     * @param starts int32 {@code [blocks + 1]}
     * @param slots int32 {@code [rows + 1]}
     * @param tiles int32 {@code [rows + 1]}
     * @param logs {@code [splits, heads]}
     * @param partial {@code [splits, heads, dim]}
     * @param end behind all
     */
    private record Plan(
            long items, long starts, long slots, long tiles, long logs, long partial, long end) {

        static Plan of(long begin, long splits, long blocks, long rows) {
            long starts = begin + bytes(4 * splits);
            long slots = starts + bytes(blocks + 1);
            long tiles = slots + bytes(rows + 1);
            long logs = tiles + bytes(rows + 1);
            long partial = logs + bytes(splits * AttentionKernels.HEADS);
            long end = partial + bytes(splits * AttentionKernels.HEADS * AttentionKernels.DIM);
            return new Plan(begin, starts, slots, tiles, logs, partial, end);
        }

        private static long bytes(long numbers) {
            return GpuMatrix.roundUp(numbers * Float.BYTES, ALIGNMENT);
        }
    }

    /**
     * @param scratch nobody else's: it holds a pass's work list from layer to layer
     * @param multiprocessors thread blocks that run at the same time
     * @param mostSplits of a sequence
     */
    TunedAttention(
            AttentionKernels kernels,
            Scratch scratch,
            Launcher launcher,
            int multiprocessors,
            int mostSplits) {
        this.scratch = scratch;
        this.kernels = kernels;
        this.launcher = launcher;
        blocks = multiprocessors;
        this.mostSplits = mostSplits;
    }

    /**
     * Most splits of a sequence: two thirds of the blocks that run at once. With more, partial
     * results would cost more than the wider spread brings.
     */
    static int mostSplits(int multiprocessors) {
        return Math.max(1, multiprocessors * 2 / 3);
    }

    /** Whether a cache of these rows, and operands at these addresses, are for here. */
    static boolean fits(int heads, int dim, long out, long q) {
        return heads == AttentionKernels.HEADS
                && dim == AttentionKernels.DIM
                && (out | q) % PAIR_BYTES == 0;
    }

    /**
     * Prepares a pass, once for all its layers.
     *
     * @param table where the rows of the spans lie: see {@link SpanTable}
     */
    void plan(Spans spans, long table) {
        alone = false;
        together = false;
        rows = spans.rows();
        long splits = 0;
        for (int i = 0; i < spans.count(); i++) {
            alone |= spans.rows(i) == 1;
            together |= spans.rows(i) > 1;
            splits += spans.rows(i) == 1 ? splits(spans.position(i) + 1) : 0;
        }
        if (!alone) {
            return;
        }
        long bytes = Plan.of(0, splits, blocks, rows).end();
        plan = Plan.of(scratch.of(bytes), splits, blocks, rows);
        launcher.with(kernels.plan())
                .int64(plan.items)
                .int64(plan.starts)
                .int64(plan.slots)
                .int64(plan.tiles)
                .int64(table)
                .int32(Math.toIntExact(rows))
                .int32(blocks)
                .int32(kernels.keys())
                .int32(SPLIT_KEYS)
                .int32(mostSplits)
                .int32(0)
                .blocks(1, 1, 1, kernels.plan().cuda().sharedBytes());
    }

    /** How many splits a sequence of so many keys has, as {@code mfa_plan} has it. */
    private long splits(long keys) {
        return Math.min(mostSplits, Math.ceilDiv(keys, SPLIT_KEYS));
    }

    /**
     * Attention of all rows of the pass that was prepared last.
     *
     * @param table as it was then
     * @param layerOffset bytes from the beginning of a piece of a cache to the layer's keys
     */
    void attend(long out, long q, long table, long layerOffset, float scale) {
        if (together) {
            launcher.with(kernels.prefill())
                    .int64(out)
                    .int64(q)
                    .int64(table)
                    .int64(layerOffset)
                    .int32(Math.toIntExact(rows))
                    .float32(scale)
                    .blocks(rows, 1, 1, kernels.prefill().cuda().sharedBytes());
        }
        if (alone) {
            launcher.with(kernels.decode())
                    .int64(out)
                    .int64(q)
                    .int64(table)
                    .int64(plan.items)
                    .int64(plan.starts)
                    .int64(plan.partial)
                    .int64(plan.logs)
                    .int64(layerOffset)
                    .float32(scale)
                    .int32(0)
                    .blocks(blocks, 1, 1, kernels.decode().cuda().sharedBytes());
            launcher.with(kernels.combine())
                    .int64(out)
                    .int64(plan.partial)
                    .int64(plan.logs)
                    .int64(plan.slots)
                    .blocks(
                            AttentionKernels.HEADS,
                            rows,
                            1,
                            kernels.combine().cuda().sharedBytes());
        }
    }
}
