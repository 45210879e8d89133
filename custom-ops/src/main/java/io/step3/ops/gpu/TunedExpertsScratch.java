package io.step3.ops.gpu;

/**
 * Where the parts of the scratch of {@link TunedLinear#experts} begin, and where it ends.
 *
 * @param used int32 {@code [min(experts, rows * k)]}: see {@link Grouping}
 * @param from int32 {@code [experts + 1]}
 * @param order int32 {@code [rows * k]}
 * @param packed activations as planes: of x, then of what {@code down} reads
 * @param gated {@code [rows * k, width]}
 * @param upped {@code [rows * k, width]}
 * @param parts {@code [rows * k, hidden]}: each expert's answer
 */
record TunedExpertsScratch(
        long used,
        long from,
        long order,
        long packed,
        long gated,
        long upped,
        long parts,
        long end) {
    private static final int ALIGNMENT = 256;

    /** What packed activations take at most: three planes of 16 bits. */
    private static final int PACKED_BYTES = 6;

    /** No columns are padded to more, and no scale is of fewer. */
    private static final int COLUMNS = 128;

    static TunedExpertsScratch of(
            long begin, long rows, int k, int experts, long hidden, long width) {
        long places = Math.multiplyExact(rows, k);
        long used = GpuMatrix.roundUp(begin, ALIGNMENT);
        long from = used + bytes(Math.min(experts, places), 1);
        long order = from + bytes(experts + 1L, 1);
        long packed = order + bytes(places, 1);
        long gated = packed + Math.max(packedBytes(rows, hidden), packedBytes(places, width));
        long upped = gated + bytes(places, width);
        long parts = upped + bytes(places, width);
        long end = parts + bytes(places, hidden) + ALIGNMENT;
        return new TunedExpertsScratch(used, from, order, packed, gated, upped, parts, end);
    }

    private static long packedBytes(long tokens, long cols) {
        long padded = GpuMatrix.roundUp(cols, COLUMNS);
        long planes = Math.multiplyExact(Math.multiplyExact(tokens, padded), (long) PACKED_BYTES);
        return GpuMatrix.roundUp(planes, ALIGNMENT) + bytes(tokens, padded / COLUMNS);
    }

    private static long bytes(long rows, long cols) {
        return GpuMatrix.roundUp(
                Math.multiplyExact(Math.multiplyExact(rows, cols), (long) Float.BYTES), ALIGNMENT);
    }
}
