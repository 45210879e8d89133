package io.step3.ops.gpu;

/**
 * Where the parts of an expert layer's scratch begin, and where it ends.
 *
 * @param from int32 {@code [experts + 1]}: where each expert's rows begin
 * @param order int32 {@code [rows * k]}: which choice of which token a row is
 * @param rounded {@code [rows, hidden]}: the inputs, rounded to fp8
 * @param gated {@code [rows * k, width]}
 * @param upped {@code [rows * k, width]}
 * @param parts {@code [rows * k, hidden]}: each expert's answer
 */
record ExpertsScratch(
        long from, long order, long rounded, long gated, long upped, long parts, long end) {
    private static final int ALIGNMENT = 256;

    static ExpertsScratch of(long begin, long rows, int k, int experts, long hidden, long width) {
        long chosen = Math.multiplyExact(rows, k);
        long from = GpuMatrix.roundUp(begin, 16);
        long order = from + size(experts + 1L, 1);
        long rounded = order + size(chosen, 1);
        long gated = rounded + size(rows, hidden);
        long upped = gated + size(chosen, width);
        long parts = upped + size(chosen, width);
        long end = parts + size(chosen, hidden) + 16;
        return new ExpertsScratch(from, order, rounded, gated, upped, parts, end);
    }

    private static long size(long rows, long cols) {
        return GpuMatrix.roundUp(
                Math.multiplyExact(Math.multiplyExact(rows, cols), (long) Float.BYTES), ALIGNMENT);
    }
}
