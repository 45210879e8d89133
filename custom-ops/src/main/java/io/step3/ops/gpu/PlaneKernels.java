package io.step3.ops.gpu;

/**
 * The kernels for one kind of weights, and how activations are packed for them.
 *
 * @param planes 16-bit numbers that an activation becomes
 * @param columns that are padded to
 * @param scaled whether a token has scales too, one for so many columns
 * @param pack makes planes and scales (the struct {@code Pack} of {@code arguments.cuh})
 * @param few for at most eight tokens at a time
 * @param some for sixteen
 * @param many for 64
 * @param most for 128
 */
record PlaneKernels(
        int planes,
        int columns,
        boolean scaled,
        Kernel pack,
        LinearTile few,
        LinearTile some,
        LinearTile many,
        LinearTile most) {

    /** From so many tokens of an expert on weights go through shared memory. */
    private static final int MANY = 24;

    private static final int ALIGNMENT = 256;
    private static final int THREADS = 256;
    private static final int ARGUMENTS = 48;

    static Kernel pack(Kernels kernels, String name) {
        return Kernel.of(kernels, name, THREADS, THREADS / 32 * Float.BYTES, ARGUMENTS);
    }

    /** Numbers of a plane's row. */
    long pitch(long cols) {
        return GpuMatrix.roundUp(cols, columns);
    }

    /** Bytes of the planes of so many tokens. */
    long planeBytes(long tokens, long cols) {
        return GpuMatrix.roundUp(tokens * planes * pitch(cols) * Short.BYTES, ALIGNMENT);
    }

    /** Bytes of their scales. */
    long scaleBytes(long tokens, long cols) {
        long groups = scaled ? pitch(cols) / columns : 0;
        return GpuMatrix.roundUp(tokens * groups * Float.BYTES, ALIGNMENT);
    }

    /** Bytes of both. */
    long bytes(long tokens, long cols) {
        return planeBytes(tokens, cols) + scaleBytes(tokens, cols);
    }

    /** The kernel for so many tokens of an expert. All of them give the same bits. */
    LinearTile tile(long tokens) {
        if (tokens < MANY) {
            return tokens <= few.tokens() ? few : some;
        }
        return tokens <= many.tokens() ? many : most;
    }
}
