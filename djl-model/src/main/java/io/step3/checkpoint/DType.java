package io.step3.checkpoint;

import java.util.List;

/**
 * How the elements of a safetensors tensor are stored, always little-endian. The constants are
 * named as in the file and stand in the order of the reference implementation, by which its writer
 * sorts.
 */
public enum DType {
    /** A byte, 0 or 1. */
    BOOL(8),
    /** 4-bit float, two in a byte. */
    F4(4),
    /** 6-bit float: 2 bits of exponent, 3 of fraction. */
    F6_E2M3(6),
    /** 6-bit float: 3 bits of exponent, 2 of fraction. */
    F6_E3M2(6),
    /** Unsigned 8-bit integer. */
    U8(8),
    /** Signed 8-bit integer. */
    I8(8),
    /** 8-bit float: 5 bits of exponent, 2 of fraction. */
    F8_E5M2(8),
    /** 8-bit float: 4 bits of exponent, 3 of fraction, no infinities. */
    F8_E4M3(8),
    /** 8-bit scale: a power of two. */
    F8_E8M0(8),
    /** Signed 16-bit integer. */
    I16(16),
    /** Unsigned 16-bit integer. */
    U16(16),
    /** IEEE 754 half precision. */
    F16(16),
    /** The upper half of a single. */
    BF16(16),
    /** Signed 32-bit integer. */
    I32(32),
    /** Unsigned 32-bit integer. */
    U32(32),
    /** IEEE 754 single precision. */
    F32(32),
    /** Two singles, real and imaginary part. */
    C64(64),
    /** IEEE 754 double precision. */
    F64(64),
    /** Signed 64-bit integer. */
    I64(64),
    /** Unsigned 64-bit integer. */
    U64(64),
    /**
     * Any that is not known here, whose size is not known either. Harmless as long as nobody asks
     * for such a tensor.
     */
    UNKNOWN(0);

    private final int bits;

    DType(int bits) {
        this.bits = bits;
    }

    /** Bits an element takes, 0 if that is not known. */
    public int bits() {
        return bits;
    }

    /**
     * Bytes that a tensor takes.
     *
     * @throws ArithmeticException if it is larger than any file, or ends within a byte
     */
    public long bytes(List<Long> shape) {
        long size = bits;
        for (long dimension : shape) {
            size = Math.multiplyExact(size, dimension);
        }
        if (size % Byte.SIZE != 0) {
            throw new ArithmeticException("it ends within a byte");
        }
        return size / Byte.SIZE;
    }
}
