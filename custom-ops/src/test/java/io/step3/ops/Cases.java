package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Random numbers of one test, all from one seed, and the memory that weights lie in. */
final class Cases implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

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
    float[] floats(long n) {
        float[] x = new float[Math.toIntExact(n)];
        for (int i = 0; i < x.length; i++) {
            x[i] = gaussian();
        }
        return x;
    }

    /** Distinct ints below {@code limit} in every row. */
    int[] ids(int rows, int k, int limit) {
        int[] ids = new int[rows * k];
        for (int r = 0; r < rows; r++) {
            int first = random.nextInt(limit);
            for (int j = 0; j < k; j++) {
                ids[r * k + j] = (first + j * j) % limit;
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
        return weights(type, 1, rows, cols);
    }

    Weight weights(WeightType type, int count, long rows, long cols) {
        int blockRows = oneOf(128, 1, 3, 7, 16, 200);
        int blockCols = oneOf(128, 128, 1, 5, 9, 32, 64, 100, 1000);
        Format format =
                type == WeightType.F8_E4M3
                        ? new Format.Blocks(
                                type,
                                blockRows,
                                blockCols,
                                scales(
                                        count
                                                * Math.ceilDiv(rows, blockRows)
                                                * Math.ceilDiv(cols, blockCols)))
                        : Format.of(type);
        long bytes = count * format.bytes(rows, cols);
        return new Weight(format, data(type, bytes, count * rows * cols), count, rows, cols);
    }

    /** At any address, as in a mapped checkpoint. */
    private MemorySegment data(WeightType type, long bytes, long n) {
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

    @Override
    public void close() {
        arena.close();
    }
}
