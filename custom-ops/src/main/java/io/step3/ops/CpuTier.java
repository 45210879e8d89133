package io.step3.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the native library can be told to use of a CPU. Each tier contains those before it; the
 * order is that of {@code step3_tier} in the C ABI.
 */
public enum CpuTier {
    /** Whatever every CPU of this architecture has. */
    SCALAR("scalar"),
    /** AVX2, FMA and F16C. */
    AVX2("avx2"),
    /** AVX-512 F, BW, DQ and VL. */
    AVX512("avx512"),
    /** AVX-512 VBMI. */
    AVX512_VBMI("avx512-vbmi");

    private final String label;

    CpuTier(String label) {
        this.label = label;
    }

    /** The name a person types, such as {@code avx512-vbmi}. */
    public String label() {
        return label;
    }

    /** The number by which the C ABI knows this tier. */
    int code() {
        return ordinal();
    }

    /** This tier and all below it. */
    List<CpuTier> andBelow() {
        return List.of(values()).subList(0, ordinal() + 1);
    }

    /** The tier that goes by this name, if any. */
    static Optional<CpuTier> labelled(String label) {
        return Arrays.stream(values()).filter(tier -> tier.label.equals(label)).findFirst();
    }
}
