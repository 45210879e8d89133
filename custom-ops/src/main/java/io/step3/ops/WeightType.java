package io.step3.ops;

/** How the numbers of a weight are stored. The codes are those of the C ABI. */
public enum WeightType {
    /** IEEE 754 single precision. */
    F32(0, 4),
    /** The upper half of a single: 8 bits of exponent, 7 of fraction. */
    BF16(1, 2),
    /** IEEE 754 half precision. */
    F16(2, 2),
    /** 4 bits of exponent, 3 of fraction, no infinities; always with block scales. */
    F8_E4M3(3, 1);

    private final int code;
    private final int bytes;

    WeightType(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** The number by which the C ABI knows this type. */
    public int code() {
        return code;
    }

    /** Bytes an element takes. */
    public int bytes() {
        return bytes;
    }
}
