package io.step3.ops.gpu;

/**
 * A kernel that multiplies weights with packed activations (the struct {@code Linear} of {@code
 * arguments.cuh}).
 *
 * @param rows of the weights that a thread block computes
 * @param tokens that it computes together
 * @param walks whether it goes on to the other tokens of its expert; if not, they have blocks of
 *     their own
 */
record LinearTile(Kernel kernel, int rows, int tokens, boolean walks) {
    private static final int THREADS = 256;
    private static final int ARGUMENTS = 112;

    /** A kernel of {@code few_tokens.cuh}. */
    static LinearTile few(Kernels kernels, String name, int tokens) {
        // Two buffers for the products of eight warps: of each token 32 rows, and 4 more that keep
        // lanes out of each other's banks.
        int shared = 2 * 8 * tokens * (32 + 4) * Float.BYTES;
        return new LinearTile(
                Kernel.of(kernels, name, THREADS, shared, ARGUMENTS), 32, tokens, true);
    }

    /**
     * A kernel of {@code gemm.cu}.
     *
     * @param columns of half a group of weights: 64 of fp8, 32 of bf16
     */
    static LinearTile many(
            Kernels kernels, String name, int planes, int tokens, int columns, int stages) {
        int shared = manyShared(planes, tokens, columns, stages);
        return new LinearTile(
                Kernel.of(kernels, name, THREADS, shared, ARGUMENTS), 128, tokens, false);
    }

    /** Shared memory of such a kernel: stages of weights and activations, and token numbers. */
    static int manyShared(int planes, int tokens, int columns, int stages) {
        int stage = 128 * 64 + planes * tokens * columns * Short.BYTES;
        return stages * stage + tokens * Integer.BYTES;
    }

    /**
     * Thread blocks for tokens that belong to some of {@code experts}, one of them if there is no
     * choice.
     */
    long blocks(long places, int experts) {
        if (walks) {
            return Math.min(experts, places);
        }
        // Each expert may leave a tile that is not full.
        return Math.min(places, Math.ceilDiv(places, tokens) + experts - 1L);
    }
}
