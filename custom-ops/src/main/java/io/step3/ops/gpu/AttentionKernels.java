package io.step3.ops.gpu;

import io.step3.ops.KvFormat;
import org.jspecify.annotations.Nullable;

/**
 * The attention kernels ({@code mfa_*.cu}) in the variant whose tiles fit a device's shared memory.
 *
 * @param keys of a tile of {@code decode}
 */
record AttentionKernels(int keys, Kernel plan, Kernel decode, Kernel combine, Kernel prefill) {

    /** Query heads. */
    static final int HEADS = 64;

    /** Numbers of a head. */
    static final int DIM = 256;

    private static final int ROW_BYTES = DIM * Short.BYTES;

    /** One of the 16 parts that a warp's queries come in, for four warps. */
    private static final int PART_BYTES = 128 * 16;

    /** What two groups of warps tell each other of 128 lanes' heads. */
    private static final int MERGE_BYTES = 4 * 128 * Float.BYTES;

    private static final int PLAN_SHARED = 2 * 32 * Integer.BYTES;
    private static final int COMBINE_SHARED = (4 * DIM + 2 * 8) * Float.BYTES;

    /**
     * A variant: stages of so many keys and values in shared memory, and as many parts of the
     * queries as have no place in registers.
     */
    private record Variant(int keys, int stages, int parts, int warpsOfHeads, int more) {
        int shared() {
            return stages * 2 * keys * ROW_BYTES + parts * warpsOfHeads * PART_BYTES + more;
        }

        String name() {
            return "_%dx%d".formatted(keys, stages);
        }
    }

    // As the ends of mfa_decode.cu and mfa_prefill.cu have them, best first.
    private static final Variant[] DECODE = {
        new Variant(64, 3, 5, 1, MERGE_BYTES),
        new Variant(64, 2, 5, 1, MERGE_BYTES),
        new Variant(32, 3, 1, 1, 16)
    };
    private static final Variant[] PREFILL = {
        new Variant(64, 3, 5, 2, 0), new Variant(64, 2, 5, 2, 0), new Variant(32, 2, 5, 2, 0)
    };

    /**
     * The kernels for caches of a format, or null if there are none.
     *
     * @param sharedLimit shared memory that a thread block may have, in bytes
     */
    static @Nullable AttentionKernels of(Kernels kernels, KvFormat format, int sharedLimit) {
        String type =
                switch (format) {
                    case F16 -> "";
                    case BF16 -> "_bf16";
                    default -> null;
                };
        Variant decode = first(DECODE, sharedLimit);
        Variant prefill = first(PREFILL, sharedLimit);
        if (type == null || decode == null || prefill == null) {
            return null;
        }
        return new AttentionKernels(
                decode.keys,
                Kernel.of(kernels, "mfa_plan", 1024, PLAN_SHARED, 64),
                Kernel.of(
                        kernels,
                        "mfa_decode" + type + decode.name(),
                        4 * decode.keys,
                        decode.shared(),
                        72),
                Kernel.of(kernels, "mfa_combine", 256, COMBINE_SHARED, 32),
                Kernel.of(
                        kernels, "mfa_prefill" + type + prefill.name(), 256, prefill.shared(), 40));
    }

    /**
     * Shared memory of a block of {@code decode} where so much may be had; 0 if it is too little.
     */
    static int sharedDecode(int sharedLimit) {
        Variant variant = first(DECODE, sharedLimit);
        return variant == null ? 0 : variant.shared();
    }

    /** The same of {@code prefill}. */
    static int sharedPrefill(int sharedLimit) {
        Variant variant = first(PREFILL, sharedLimit);
        return variant == null ? 0 : variant.shared();
    }

    private static @Nullable Variant first(Variant[] variants, int sharedLimit) {
        for (Variant variant : variants) {
            if (variant.shared() <= sharedLimit) {
                return variant;
            }
        }
        return null;
    }
}
