package io.step3.synth;

import io.step3.checkpoint.SafetensorsWriter;
import io.step3.ops.E4m3;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Numbers of a normal distribution that depend on a seed and their own place only, so that a file
 * is the same however often its writing was begun. Eight bytes are one step of SplitMix64 (Steele,
 * Lea and Flood, 2014), each byte or pair of bytes picks a quantile.
 */
final class RandomWeights {

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int CODES = 256;
    private static final int WORDS = 1 << 16;

    /**
     * The standard deviation of fp8 codes: far from 448, and from where their steps grow coarse.
     */
    static final double CODE_DEVIATION = 64;

    private RandomWeights() {}

    /**
     * Codes of fp8 with a standard deviation of {@link #CODE_DEVIATION}; none is NaN.
     *
     * @param seed of this tensor
     */
    static SafetensorsWriter.Data codes(long seed) {
        byte[] table = new byte[CODES];
        for (int i = 0; i < CODES; i++) {
            table[i] = E4m3.encode((float) (quantile((i + 0.5) / CODES) * CODE_DEVIATION));
        }
        return words(
                seed,
                bits -> {
                    long out = 0;
                    for (int shift = 0; shift < Long.SIZE; shift += 8) {
                        out |= (table[(int) (bits >>> shift) & 0xff] & 0xffL) << shift;
                    }
                    return out;
                });
    }

    /** Numbers in bf16. */
    static SafetensorsWriter.Data bf16(long seed, double deviation) {
        short[] table = new short[WORDS];
        for (int i = 0; i < WORDS; i++) {
            table[i] = rounded((float) (quantile((i + 0.5) / WORDS) * deviation));
        }
        return words(
                seed,
                bits -> {
                    long out = 0;
                    for (int shift = 0; shift < Long.SIZE; shift += 16) {
                        out |= (table[(int) (bits >>> shift) & 0xffff] & 0xffffL) << shift;
                    }
                    return out;
                });
    }

    /** The same number everywhere, in bf16. */
    static SafetensorsWriter.Data bf16(float value) {
        return repeated(rounded(value) & 0xffffL, Short.SIZE);
    }

    /** The same number everywhere, in float32. */
    static SafetensorsWriter.Data float32(float value) {
        return repeated(Float.floatToRawIntBits(value) & 0xffffffffL, Integer.SIZE);
    }

    /** To bf16, to nearest even. */
    private static short rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
    }

    private static SafetensorsWriter.Data repeated(long bits, int size) {
        long word = bits;
        for (int filled = size; filled < Long.SIZE; filled *= 2) {
            word |= word << filled;
        }
        long all = word;
        return (from, to) -> fill(from, to, _ -> all);
    }

    private interface Words {
        long at(long index);
    }

    private static SafetensorsWriter.Data words(long seed, Words table) {
        return (from, to) -> fill(from, to, index -> table.at(mix(seed + index * GOLDEN)));
    }

    /** An odd number near 2^64 divided by the golden ratio. */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private static void fill(long from, MemorySegment to, Words words) {
        if (from % Long.BYTES != 0) {
            throw new IllegalArgumentException("a part begins at a multiple of eight bytes");
        }
        long whole = to.byteSize() / Long.BYTES * Long.BYTES;
        for (long at = 0; at < whole; at += Long.BYTES) {
            to.set(LONG, at, words.at((from + at) / Long.BYTES));
        }
        if (whole < to.byteSize()) {
            long word = words.at((from + whole) / Long.BYTES);
            for (long at = whole; at < to.byteSize(); at++, word >>>= 8) {
                to.set(ValueLayout.JAVA_BYTE, at, (byte) word);
            }
        }
    }

    /** The finalizer of SplitMix64. */
    static long mix(long z) {
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /**
     * The standard normal distribution's quantile function, within 4.5e-4 (Abramowitz and Stegun,
     * Handbook of Mathematical Functions, 26.2.23).
     */
    static double quantile(double p) {
        double tail = Math.min(p, 1 - p);
        double t = Math.sqrt(-2 * Math.log(tail));
        double z =
                t
                        - (2.515517 + t * (0.802853 + t * 0.010328))
                                / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
        return p < 0.5 ? -z : z;
    }
}
