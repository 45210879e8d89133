package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads and writes a row of a cache of keys or values, in plain Java. */
final class KvRow {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private static final float LARGEST_F16 = 65504;

    private KvRow() {}

    static void read(KvFormat format, MemorySegment from, long at, float[] row) {
        switch (format) {
            case F32 -> MemorySegment.copy(from, FLOAT, at, row, 0, row.length);
            case BF16 -> {
                for (int i = 0; i < row.length; i++) {
                    int bits = from.get(SHORT, at + 2L * i);
                    row[i] = Float.intBitsToFloat(bits << 16);
                }
            }
            case F16 -> {
                for (int i = 0; i < row.length; i++) {
                    row[i] = Float.float16ToFloat(from.get(SHORT, at + 2L * i));
                }
            }
            case F8_E4M3 -> {
                float scale = from.get(FLOAT, at + row.length);
                for (int i = 0; i < row.length; i++) {
                    row[i] = E4m3.decode(from.get(ValueLayout.JAVA_BYTE, at + i)) * scale;
                }
            }
        }
    }

    static void write(KvFormat format, float[] row, MemorySegment to, long at) {
        switch (format) {
            case F32 -> MemorySegment.copy(row, 0, to, FLOAT, at, row.length);
            case BF16 -> {
                for (int i = 0; i < row.length; i++) {
                    to.set(SHORT, at + 2L * i, bf16(row[i]));
                }
            }
            case F16 -> {
                for (int i = 0; i < row.length; i++) {
                    to.set(SHORT, at + 2L * i, f16(row[i]));
                }
            }
            case F8_E4M3 -> {
                float largest = 0;
                for (float x : row) {
                    largest = Math.max(largest, Math.abs(x)); // NaN wins
                }
                float scale = E4m3.scale(largest);
                for (int i = 0; i < row.length; i++) {
                    to.set(ValueLayout.JAVA_BYTE, at + i, E4m3.encode(row[i] / scale));
                }
                to.set(FLOAT, at + row.length, scale);
            }
        }
    }

    /** Rounds to nearest even; NaN stays NaN. */
    private static short bf16(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) (bits >> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >> 16 & 1) >> 16);
    }

    /** Rounds to nearest even, and to the largest number what is beyond it; NaN stays NaN. */
    private static short f16(float x) {
        return Float.floatToFloat16(Math.clamp(x, -LARGEST_F16, LARGEST_F16));
    }
}
