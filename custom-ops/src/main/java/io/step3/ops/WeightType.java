package io.step3.ops;

/** What the numbers of a weight are. The codes are those of the C ABI. */
public enum WeightType {
    /** IEEE 754 single precision. */
    F32(0),
    /** The upper half of a single: 8 bits of exponent, 7 of fraction. */
    BF16(1),
    /** IEEE 754 half precision. */
    F16(2),
    /** 4 bits of exponent, 3 of fraction, no infinities; always with scales. */
    F8_E4M3(3);

    private final int code;

    WeightType(int code) {
        this.code = code;
    }

    /** The number by which the kernels know this type. */
    public int code() {
        return code;
    }
}
