package io.step3.training;

/**
 * The E4M3 format (one sign, four exponent, three mantissa bits; no infinities), and its block
 * scales.
 */
final class Fp8 {

    /** Side of the square block that shares one scale. */
    static final int BLOCK = 128;

    static final float LARGEST = 448;

    private static final float[] VALUES = new float[128];

    static {
        for (int code = 0; code < 127; code++) {
            int exponent = code >> 3;
            int mantissa = code & 7;
            VALUES[code] =
                    exponent == 0
                            ? Math.scalb(mantissa, -9)
                            : Math.scalb(8 + mantissa, exponent - 10);
        }
        VALUES[127] = Float.NaN;
    }

    private Fp8() {}

    /** The value of a code. */
    static float decode(byte code) {
        float value = VALUES[code & 127];
        return code < 0 ? -value : value;
    }

    /** The nearest code, ties to even, after clamping to the largest value. */
    static byte encode(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 24 & 0x80;
        float magnitude = Math.min(Math.abs(value), LARGEST);
        int code;
        if (magnitude < 0x1p-6f) {
            // Subnormal: steps of 2^-9. A carry into the normals gives the right code by itself.
            code = (int) Math.rint(magnitude * 0x1p9);
        } else {
            int bits = Float.floatToRawIntBits(magnitude);
            int rounded = bits + 0x7FFFF + (bits >> 20 & 1);
            code = (rounded >> 20) - ((127 - 7) << 3);
        }
        return (byte) (sign | code);
    }

    /** Scale of a block whose largest magnitude is given. */
    static float scale(float largest) {
        return largest == 0 ? 1 : largest / LARGEST;
    }
}
