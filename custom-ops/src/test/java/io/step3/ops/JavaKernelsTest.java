package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** The oracle itself, against small sums done by hand and formulas in double precision. */
class JavaKernelsTest {
    private final Kernels kernels = new JavaKernels();

    private static MemorySegment of(float... x) {
        return MemorySegment.ofArray(x);
    }

    private static MemorySegment ints(int... x) {
        return MemorySegment.ofArray(x);
    }

    private static float[] floats(MemorySegment x) {
        return x.toArray(ValueLayout.JAVA_FLOAT);
    }

    private static Weight matrix(long rows, long cols, float... x) {
        return Weight.plain(WeightType.F32, of(x), rows, cols);
    }

    @Test
    void aLinearLayerMultipliesRowsAndAddsTheBias() {
        MemorySegment out = of(new float[4]);
        Weight w = matrix(2, 3, 1, 2, 3, -1, 0, 4);
        kernels.linear(out, of(1, 10, 100, 0, 0, 1), w, matrix(1, 2, 0.5f, -0.5f), 2);
        assertArrayEquals(new float[] {321.5f, 398.5f, 3.5f, 3.5f}, floats(out));
    }

    @Test
    void fp8CountsAsValueTimesTheScaleOfItsRaggedBlock() {
        byte one = 0x38;
        byte[] codes = {one, one, one, one, one, one, one, one, one};
        Weight w =
                new Weight(
                        WeightType.F8_E4M3,
                        MemorySegment.ofArray(codes),
                        3,
                        3,
                        of(1, 10, 100, 1000),
                        2,
                        2);
        MemorySegment out = of(new float[3]);
        kernels.linear(out, of(1, 2, 4), w, null, 1);
        assertArrayEquals(new float[] {43, 43, 4300}, floats(out));
    }

    @Test
    void normsAreThoseOfTheirFormulas() {
        MemorySegment out = of(new float[2]);
        kernels.rmsNorm(out, of(3, 4), matrix(1, 2, 1, 2), 1, 0);
        double root = Math.sqrt(12.5);
        assertArrayEquals(new float[] {(float) (3 / root), (float) (8 / root)}, floats(out), 1e-6f);
        kernels.layerNorm(out, of(3, 7), matrix(1, 2, 1, 2), matrix(1, 2, 10, 20), 1, 0);
        assertArrayEquals(new float[] {9, 22}, floats(out), 1e-6f);
    }

    @Test
    void rotationTurnsEachHalfPairByPositionTimesFrequency() {
        MemorySegment x = of(1, 0, 0, 1, 1, 0, 0, 1);
        kernels.rotate(x, 2, 1, 4, 3, of(0.5f, 0.25f));
        float[] expected = new float[8];
        for (int r = 0; r < 2; r++) {
            double a = (3 + r) * 0.5;
            double b = (3 + r) * 0.25;
            expected[4 * r] = (float) Math.cos(a);
            expected[4 * r + 2] = (float) Math.sin(a);
            expected[4 * r + 1] = (float) -Math.sin(b);
            expected[4 * r + 3] = (float) Math.cos(b);
        }
        assertArrayEquals(expected, floats(x), 1e-6f);
    }

    @Test
    void attentionSeesItsOwnPositionAndThoseBefore() {
        MemorySegment out = of(new float[4]);
        // Two rows of one head of two; the third key is only for the second row.
        MemorySegment keys = of(1, 0, 0, 1, 1, 1);
        MemorySegment values = of(1, 2, 3, 4, 100, 200);
        kernels.attention(out, of(1, 0, 0, 2), keys, values, 2, 1, 1, 2, 0.5f);
        double e = Math.exp(0.5);
        double f = Math.exp(1);
        assertArrayEquals(
                new float[] {
                    (float) ((e + 3) / (e + 1)),
                    (float) ((2 * e + 4) / (e + 1)),
                    (float) ((1 + 3 * f + 100 * f) / (1 + 2 * f)),
                    (float) ((2 + 4 * f + 200 * f) / (1 + 2 * f))
                },
                floats(out),
                1e-4f);
    }

    @Test
    void fullAttentionSeesAllTokensOfItsHead() {
        MemorySegment out = of(new float[4]);
        // Two tokens, two heads of one: q q k k v v.
        MemorySegment qkv = of(1, 0, 1, 5, 10, 7, 1, 0, 2, 6, 20, 9);
        kernels.fullAttention(out, qkv, 2, 2, 1, 1);
        double e = Math.E;
        float mixed = (float) ((10 + 20 * e) / (1 + e));
        assertArrayEquals(new float[] {mixed, 8, mixed, 8}, floats(out), 1e-5f);
    }

    @Test
    void theRouterPrefersTheLowerNumberOfEqualExperts() {
        MemorySegment ids = ints(new int[3]);
        MemorySegment weights = of(new float[3]);
        MemorySegment logits = of(0, (float) Math.log(2), 0, (float) Math.log(4));
        kernels.route(ids, weights, logits, 1, 4, 3, false);
        assertArrayEquals(new int[] {3, 1, 0}, ids.toArray(ValueLayout.JAVA_INT));
        assertArrayEquals(new float[] {0.5f, 0.25f, 0.125f}, floats(weights), 1e-6f);
        assertArrayEquals(new float[] {0.125f, 0.25f, 0.125f, 0.5f}, floats(logits), 1e-6f);
        kernels.route(ids, weights, of(0, 0, 0, 0), 1, 4, 2, true);
        assertArrayEquals(new float[] {0.5f, 0.5f}, floats(weights.asSlice(0, 8)), 1e-6f);
        MemorySegment nan = of(0, Float.NaN);
        assertThrows(
                ArithmeticException.class, () -> kernels.route(ids, weights, nan, 1, 2, 1, false));
    }

    @Test
    void expertsAreMixedByTheirWeights() {
        WeightType f32 = WeightType.F32;
        MemorySegment none = MemorySegment.NULL;
        var gate = new ExpertWeight(f32, of(1, 2), 2, 1, 1, none, 0, 0);
        var up = new ExpertWeight(f32, of(10, 20), 2, 1, 1, none, 0, 0);
        var down = new ExpertWeight(f32, of(1, -1), 2, 1, 1, none, 0, 0);
        MemorySegment out = of(new float[2]);
        kernels.experts(
                out,
                of(1, 2),
                ints(1, 0, 0, 1),
                of(0.25f, 0.5f, 1, 0),
                gate,
                up,
                down,
                2,
                2,
                0,
                none);
        double first = 0.5 * silu(1) * 10 - 0.25 * silu(2) * 20;
        double second = silu(2) * 20;
        assertArrayEquals(new float[] {(float) first, (float) second}, floats(out), 1e-5f);
    }

    private static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    @Test
    void activationsAreThoseOfTheirFormulas() {
        MemorySegment x = of(1.5f, -2);
        kernels.siluMultiply(x, of(2, 3), 2);
        assertArrayEquals(
                new float[] {(float) (2 * silu(1.5)), (float) (3 * silu(-2))}, floats(x), 1e-6f);
        MemorySegment y = of(1.5f);
        kernels.quickGelu(y, 1);
        assertEquals(1.5 / (1 + Math.exp(-1.702 * 1.5)), floats(y)[0], 1e-6);
    }

    @Test
    void aConvolutionReadsZerosOutsideAndColumnsAsChannelYX() {
        MemorySegment out = of(new float[4]);
        MemorySegment in = of(1, 2, 3, 4, 10, 20, 30, 40);
        Weight w = matrix(1, 8, 1, 0, 0, 1, 0, 2, 0, 0);
        Convolution shape = Convolution.overPlanes(2, 2, 2, 2, 2, 1);
        kernels.convolve(out, in, w, null, shape, MemorySegment.NULL);
        // Each corner of the kernel meets one pixel: (y, x) of (1, 1), (1, 0), (0, 1), (0, 0).
        assertArrayEquals(new float[] {1, 0, 60, 4}, floats(out));
        MemorySegment tokens = of(1, 10, 2, 20, 3, 30, 4, 40);
        shape = Convolution.overTokens(2, 2, 2, 2, 2, 1);
        kernels.convolve(out, tokens, w, null, shape, MemorySegment.NULL);
        assertArrayEquals(new float[] {1, 0, 60, 4}, floats(out));
    }

    @Test
    void memoryOfOneThreadIsReadByThatThreadAlone() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(4L * 512 * 512, 4);
            Weight w = Weight.plain(WeightType.F32, data, 512, 512);
            MemorySegment out = arena.allocate(4L * 512, 4);
            kernels.linear(out, arena.allocate(4L * 512, 4), w, null, 1);
            assertEquals(0, out.get(ValueLayout.JAVA_FLOAT, 0));
        }
    }
}
