package io.step3.ops;

/**
 * The 8-bit float with 4 bits of exponent and 3 of fraction, without infinities (OCP 8-bit Floating
 * Point Specification 1.0, E4M3): bias 7, largest value 448, NaN only where all but the sign is
 * set.
 */
public final class E4m3 {
    /** The largest value. */
    public static final float LARGEST = 448;

    static final byte NAN = 0x7f;

    /** The value of each of the 256 codes. */
    private static final float[] VALUES = values();

    private E4m3() {}

    /** The value of a code. */
    public static float decode(byte code) {
        return VALUES[code & 0xff];
    }

    /** Rounds to nearest even and clamps to the largest value; NaN stays NaN. */
    public static byte encode(float x) {
        if (Float.isNaN(x)) {
            return NAN;
        }
        int sign = x < 0 || (x == 0 && 1 / x < 0) ? 0x80 : 0;
        float magnitude = Math.min(Math.abs(x), LARGEST);
        if (magnitude < 0x1p-6f) {
            // Subnormal: whole multiples of 2^-9. Eight of them make the smallest normal's code.
            return (byte) (sign | (int) Math.rint(magnitude * 0x1p9f));
        }
        int bits = Float.floatToRawIntBits(magnitude);
        // Half of the last kept bit's place, less one if that bit is even: ties go to even.
        bits += 0x7ffff + ((bits >> 20) & 1);
        return (byte) (sign | ((bits >> 20) - ((127 - 7) << 3)));
    }

    /** The scale of a group whose largest magnitude is {@code absmax}. */
    public static float scale(float absmax) {
        return Math.max(absmax, 1e-10f) / LARGEST;
    }

    private static float[] values() {
        float[] values = new float[256];
        for (int code = 0; code < 256; code++) {
            int exponent = (code >> 3) & 15;
            int fraction = code & 7;
            float magnitude =
                    exponent == 0
                            ? fraction * 0x1p-9f
                            : Math.scalb(1 + fraction / 8f, exponent - 7);
            if ((code & 0x7f) == 0x7f) {
                magnitude = Float.NaN;
            }
            values[code] = code < 128 ? magnitude : -magnitude;
        }
        return values;
    }
}
