package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Random arguments of one test, all from one seed, and the memory that they lie in. */
final class Cases implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int CANARIES = 16;
    private static final byte CANARY = 0x5a;

    final long seed;
    final SplittableRandom random;
    final Arena arena = Arena.ofShared();

    Cases(long seed) {
        this.seed = seed;
        random = new SplittableRandom(seed);
    }

    /** From 1 to {@code most}, small ones often. */
    int size(int most) {
        return 1 + random.nextInt(random.nextInt(4) == 0 ? Math.min(most, 4) : most);
    }

    @SafeVarargs
    final <T> T oneOf(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** Normally distributed. */
    MemorySegment floats(long n) {
        MemorySegment x = arena.allocate(Math.max(n, 1) * Float.BYTES, 64);
        for (long i = 0; i < n; i++) {
            x.setAtIndex(FLOAT, i, gaussian());
        }
        return x.asSlice(0, n * Float.BYTES);
    }

    MemorySegment copy(MemorySegment x) {
        return arena.allocate(Math.max(x.byteSize(), 1), 64).asSlice(0, x.byteSize()).copyFrom(x);
    }

    /** Distinct ints below {@code limit} in every row. */
    MemorySegment ids(long rows, int k, int limit) {
        MemorySegment ids = arena.allocate(Math.max(rows * k, 1) * Integer.BYTES);
        for (long r = 0; r < rows; r++) {
            int first = random.nextInt(limit);
            for (int j = 0; j < k; j++) {
                ids.setAtIndex(ValueLayout.JAVA_INT, r * k + j, (first + j * j) % limit);
            }
        }
        return ids;
    }

    float gaussian() {
        return (float) random.nextGaussian();
    }

    WeightType type() {
        return oneOf(WeightType.values());
    }

    Weight weight(WeightType type, long rows, long cols) {
        int blockRows = oneOf(128, 1, 3, 16, 200);
        int blockCols = oneOf(128, 128, 1, 5, 64, 100, 1000);
        boolean fp8 = type == WeightType.F8_E4M3;
        return new Weight(
                type,
                data(type, rows * cols),
                rows,
                cols,
                fp8
                        ? scales(Weight.scaleCount(rows, cols, blockRows, blockCols))
                        : MemorySegment.NULL,
                fp8 ? blockRows : 0,
                fp8 ? blockCols : 0);
    }

    ExpertWeight experts(WeightType type, int experts, long rows, long cols) {
        int blockRows = oneOf(128, 16, 7);
        int blockCols = oneOf(128, 32, 9);
        boolean fp8 = type == WeightType.F8_E4M3;
        return new ExpertWeight(
                type,
                data(type, experts * rows * cols),
                experts,
                rows,
                cols,
                fp8
                        ? scales(experts * Weight.scaleCount(rows, cols, blockRows, blockCols))
                        : MemorySegment.NULL,
                fp8 ? blockRows : 0,
                fp8 ? blockCols : 0);
    }

    /** At any address, as in a mapped checkpoint. */
    private MemorySegment data(WeightType type, long n) {
        long bytes = n * type.bytes();
        MemorySegment data = arena.allocate(bytes + 64, 64).asSlice(random.nextInt(64), bytes);
        for (long i = 0; i < n; i++) {
            switch (type) {
                case F32 -> data.setAtIndex(FLOAT, i, gaussian());
                case BF16 ->
                        data.setAtIndex(
                                ValueLayout.JAVA_SHORT_UNALIGNED,
                                i,
                                (short) (Float.floatToRawIntBits(gaussian()) >> 16));
                case F16 ->
                        data.setAtIndex(
                                ValueLayout.JAVA_SHORT_UNALIGNED,
                                i,
                                random.nextInt(8) == 0
                                        ? (short) random.nextInt(0x400) // subnormal
                                        : Float.floatToFloat16(gaussian()));
                case F8_E4M3 -> data.set(ValueLayout.JAVA_BYTE, i, code());
            }
        }
        return data;
    }

    /** Every code but NaN. */
    private byte code() {
        int code = random.nextInt(256);
        return (byte) ((code & 0x7f) == 0x7f ? code - 1 : code);
    }

    private MemorySegment scales(long n) {
        long bytes = n * Float.BYTES;
        MemorySegment scales = arena.allocate(bytes + 64, 64).asSlice(random.nextInt(64), bytes);
        for (long i = 0; i < n; i++) {
            scales.setAtIndex(FLOAT, i, (float) random.nextDouble(1e-4, 2e-2));
        }
        return scales;
    }

    /** An output that holds NaN, with canaries behind it. */
    MemorySegment poisoned(long n) {
        MemorySegment whole = arena.allocate(n * Float.BYTES + CANARIES, 64);
        whole.fill(CANARY);
        for (long i = 0; i < n; i++) {
            whole.setAtIndex(FLOAT, i, Float.NaN);
        }
        return whole.asSlice(0, n * Float.BYTES);
    }

    /**
     * Every row within 1e-5 of its largest value, and the canaries untouched.
     *
     * @param actual from {@link #poisoned}
     */
    void assertClose(MemorySegment expected, MemorySegment actual, long cols, Object what) {
        assertClose(expected, actual, cols, 1e-5, 1e-30f, what);
    }

    /**
     * @param typical how large the numbers of a row usually are: what a row of few numbers, which
     *     may all be small by chance, is measured by
     */
    void assertClose(
            MemorySegment expected,
            MemorySegment actual,
            long cols,
            double within,
            float typical,
            Object what) {
        long n = expected.byteSize() / Float.BYTES;
        assertEquals(expected.byteSize(), actual.byteSize());
        for (long row = 0; row < n; row += cols) {
            float largest = typical;
            for (long i = row; i < row + cols; i++) {
                largest = Math.max(largest, Math.abs(expected.getAtIndex(FLOAT, i)));
            }
            for (long i = row; i < row + cols; i++) {
                float e = expected.getAtIndex(FLOAT, i);
                float a = actual.getAtIndex(FLOAT, i);
                if (!(Math.abs(e - a) <= within * largest)) {
                    throw new AssertionError(
                            "seed %d, %s: row %d column %d is %s, not %s (the row's largest is %s)"
                                    .formatted(seed, what, row / cols, i - row, a, e, largest));
                }
            }
        }
        assertCanaries(actual, what);
    }

    void assertCanaries(MemorySegment actual, Object what) {
        MemorySegment behind =
                MemorySegment.ofAddress(actual.address() + actual.byteSize()).reinterpret(CANARIES);
        for (long i = 0; i < CANARIES; i++) {
            assertEquals(
                    CANARY,
                    behind.get(ValueLayout.JAVA_BYTE, i),
                    "seed " + seed + ", " + what + ": byte " + i + " behind the output");
        }
    }

    /** The same bits, and the canaries untouched. */
    void assertSame(MemorySegment expected, MemorySegment actual, Object what) {
        long at = expected.mismatch(actual);
        assertTrue(at == -1, () -> "seed " + seed + ", " + what + ": differs at byte " + at);
        assertCanaries(actual, what);
    }

    @Override
    public void close() {
        arena.close();
    }
}
