package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every operation in every instruction set that this CPU has, against plain Java. */
class NativeKernelsTest {
    private static final Kernels ORACLE = new JavaKernels();

    @TempDir private static Path folder;
    private static List<NativeKernels> tiers = List.of();

    @BeforeAll
    static void open() {
        tiers = NativeTiers.open(folder, 3);
    }

    @AfterAll
    static void close() {
        tiers.forEach(NativeKernels::close);
    }

    /** So many random cases, each in every tier with the same arguments. */
    private static void inEveryTier(int cases, BiConsumer<Cases, NativeKernels> body) {
        for (long seed = 1; seed <= cases; seed++) {
            for (NativeKernels kernels : tiers) {
                try (Cases c = new Cases(seed)) {
                    body.accept(c, kernels);
                }
            }
        }
    }

    private static String what(Kernels kernels, Object... sizes) {
        return kernels.name() + " " + List.of(sizes);
    }

    @Test
    void embeddingsAreLookedUp() {
        inEveryTier(
                40,
                (c, kernels) -> {
                    Weight table = c.weight(c.type(), c.size(50), c.size(300));
                    int n = c.size(20);
                    MemorySegment ids = c.ids(n, 1, (int) table.rows());
                    MemorySegment expected = c.poisoned(n * table.cols());
                    MemorySegment actual = c.poisoned(n * table.cols());
                    ORACLE.embed(expected, table, ids, n);
                    kernels.embed(actual, table, ids, n);
                    c.assertSame(expected, actual, what(kernels, table));
                });
    }

    @Test
    void linearLayersOfAllTypesAndShapesAgree() {
        inEveryTier(
                300,
                (c, kernels) -> {
                    int rows = c.oneOf(1, 1, 2, 3, 4, 5, 6, 7, c.size(30));
                    linear(c, kernels, c.weight(c.type(), c.size(90), c.size(400)), rows);
                });
    }

    @Test
    void linearLayersWithManyRowsAndColumnsAgree() {
        inEveryTier(
                8,
                (c, kernels) -> {
                    WeightType type = WeightType.values()[(int) (c.seed % 4)];
                    Weight w = c.weight(type, 60 + c.size(40), 2000 + c.size(200));
                    linear(c, kernels, w, 180 + c.size(60));
                });
    }

    private static void linear(Cases c, NativeKernels kernels, Weight w, int rows) {
        Weight bias = c.oneOf(null, c.weight(c.type(), 1, w.rows()));
        MemorySegment x = c.floats(rows * w.cols());
        MemorySegment expected = c.poisoned(rows * w.rows());
        MemorySegment actual = c.poisoned(rows * w.rows());
        ORACLE.linear(expected, x, w, bias, rows);
        kernels.linear(actual, x, w, bias, rows);
        c.assertClose(expected, actual, w.rows(), 1e-5, norm(w), what(kernels, w, rows));
    }

    /** The standard deviation of an output whose inputs are normally distributed. */
    private static float norm(Weight w) {
        double squares = 0;
        for (float value : WeightRow.read(w, 0)) {
            squares += value * value;
        }
        return (float) Math.sqrt(squares);
    }

    @Test
    void anFp8NanComesOutWhereItBelongs() {
        for (NativeKernels kernels : tiers) {
            for (int rows : new int[] {1, 5}) {
                try (Cases c = new Cases(rows)) {
                    Weight w = c.weight(WeightType.F8_E4M3, 40, 300);
                    w.data().set(ValueLayout.JAVA_BYTE, 7 * 300 + 211, (byte) 0x7f);
                    w.data().set(ValueLayout.JAVA_BYTE, 9 * 300 + 299, (byte) 0xff);
                    MemorySegment out = c.poisoned(rows * 40);
                    kernels.linear(out, c.floats(rows * 300), w, null, rows);
                    for (int i = 0; i < rows * 40; i++) {
                        boolean nan = Float.isNaN(out.getAtIndex(ValueLayout.JAVA_FLOAT, i));
                        assertEquals(i % 40 == 7 || i % 40 == 9, nan, kernels.name() + " " + i);
                    }
                }
            }
        }
    }

    @Test
    void everyFp8CodeIsDecodedExactly() {
        for (NativeKernels kernels : tiers) {
            try (Cases c = new Cases(1)) {
                MemorySegment codes = c.arena.allocate(256);
                for (int code = 0; code < 256; code++) {
                    codes.set(ValueLayout.JAVA_BYTE, code, (byte) code);
                }
                MemorySegment one = c.arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f);
                Weight table = new Weight(WeightType.F8_E4M3, codes, 1, 256, one, 128, 256);
                MemorySegment out = c.poisoned(256);
                kernels.embed(out, table, c.ids(1, 1, 1), 1);
                for (int code = 0; code < 256; code++) {
                    assertEquals(
                            E4m3.decode((byte) code),
                            out.getAtIndex(ValueLayout.JAVA_FLOAT, code),
                            kernels.name() + " code " + code);
                }
            }
        }
    }

    @Test
    void normsAgree() {
        inEveryTier(
                60,
                (c, kernels) -> {
                    int rows = c.size(9);
                    int cols = c.size(700);
                    MemorySegment x = c.floats((long) rows * cols);
                    Weight gain = c.weight(c.type(), 1, cols);
                    Weight bias = c.weight(c.type(), 1, cols);
                    MemorySegment expected = c.poisoned((long) rows * cols);
                    MemorySegment actual = c.poisoned((long) rows * cols);
                    ORACLE.rmsNorm(expected, x, gain, rows, 1e-5f);
                    kernels.rmsNorm(actual, x, gain, rows, 1e-5f);
                    c.assertClose(expected, actual, cols, what(kernels, "rms", gain, rows));
                    ORACLE.layerNorm(expected, x, gain, bias, rows, 1e-5f);
                    kernels.layerNorm(actual, x, gain, bias, rows, 1e-5f);
                    c.assertClose(expected, actual, cols, what(kernels, "layer", gain, rows));
                    MemorySegment inPlace = c.poisoned((long) rows * cols).copyFrom(x);
                    kernels.layerNorm(inPlace, inPlace, gain, bias, rows, 1e-5f);
                    c.assertSame(actual, inPlace, what(kernels, "in place"));
                });
    }

    @Test
    void rotationsAgree() {
        inEveryTier(
                40,
                (c, kernels) -> {
                    int rows = c.size(9);
                    int heads = c.size(5);
                    int dim = 2 * c.size(70);
                    MemorySegment x = c.floats((long) rows * heads * dim);
                    MemorySegment frequencies = c.floats(dim / 2);
                    MemorySegment expected = c.copy(x);
                    MemorySegment actual = c.poisoned((long) rows * heads * dim).copyFrom(x);
                    long position = c.random.nextInt(65000);
                    ORACLE.rotate(expected, rows, heads, dim, position, frequencies);
                    kernels.rotate(actual, rows, heads, dim, position, frequencies);
                    c.assertClose(expected, actual, dim, what(kernels, rows, heads, dim));
                });
    }

    @Test
    void attentionOverSharedKeysAgrees() {
        inEveryTier(
                60,
                (c, kernels) -> {
                    int dim = c.oneOf(32, 64, 256, c.size(150));
                    attention(c, kernels, c.size(40), c.random.nextInt(300), c.size(12), dim);
                });
    }

    @Test
    void attentionOverALongContextAgrees() {
        inEveryTier(
                2,
                (c, kernels) -> {
                    attention(c, kernels, 1, 1500 + c.size(500), 7, 40);
                    attention(c, kernels, 2, 3000, 64, 32);
                    attention(c, kernels, 130, 70, 30, 24);
                });
    }

    private static void attention(
            Cases c, NativeKernels kernels, int rows, int position, int heads, int dim) {
        long n = (long) rows * heads * dim;
        MemorySegment q = c.floats(n);
        MemorySegment keys = c.floats((long) (position + rows) * dim);
        MemorySegment values = c.floats((long) (position + rows) * dim);
        MemorySegment expected = c.poisoned(n);
        MemorySegment actual = c.poisoned(n);
        float scale = (float) (1 / Math.sqrt(dim));
        ORACLE.attention(expected, q, keys, values, rows, position, heads, dim, scale);
        kernels.attention(actual, q, keys, values, rows, position, heads, dim, scale);
        c.assertClose(expected, actual, heads * dim, what(kernels, rows, position, heads, dim));
    }

    @Test
    void attentionWithHugeScoresNeitherOverflowsNorLosesTheLargest() {
        for (NativeKernels kernels : tiers) {
            try (Cases c = new Cases(3)) {
                MemorySegment q = c.floats(8 * 16);
                MemorySegment keys = c.floats(300 * 16);
                MemorySegment values = c.floats(300 * 16);
                MemorySegment expected = c.poisoned(8 * 16);
                MemorySegment actual = c.poisoned(8 * 16);
                ORACLE.attention(expected, q, keys, values, 1, 299, 8, 16, 1000);
                kernels.attention(actual, q, keys, values, 1, 299, 8, 16, 1000);
                // A score's own rounding, 1e-7 of thousands, is all that may show.
                c.assertClose(expected, actual, 8 * 16, 2e-3, 0, kernels.name());
            }
        }
    }

    @Test
    void fullAttentionAgrees() {
        inEveryTier(
                30,
                (c, kernels) -> {
                    int tokens = c.oneOf(1, 65, 150, c.size(100));
                    int heads = c.size(5);
                    int dim = c.oneOf(16, 112, c.size(80));
                    long n = (long) tokens * heads * dim;
                    MemorySegment qkv = c.floats(3 * n);
                    MemorySegment expected = c.poisoned(n);
                    MemorySegment actual = c.poisoned(n);
                    float scale = (float) (1 / Math.sqrt(dim));
                    ORACLE.fullAttention(expected, qkv, tokens, heads, dim, scale);
                    kernels.fullAttention(actual, qkv, tokens, heads, dim, scale);
                    c.assertClose(expected, actual, heads * dim, what(kernels, tokens, heads, dim));
                });
    }

    @Test
    void routersChooseTheSameExperts() {
        inEveryTier(
                60,
                (c, kernels) -> {
                    int rows = c.size(20);
                    int experts = c.size(60);
                    int k = 1 + c.random.nextInt(experts);
                    boolean renormalise = c.random.nextBoolean();
                    MemorySegment logits = c.floats((long) rows * experts);
                    for (int i = 0; i + 1 < rows * experts; i += 7) { // equal neighbours
                        logits.setAtIndex(
                                ValueLayout.JAVA_FLOAT,
                                i + 1,
                                logits.getAtIndex(ValueLayout.JAVA_FLOAT, i));
                    }
                    MemorySegment expected = c.poisoned((long) rows * experts).copyFrom(logits);
                    MemorySegment actual = c.poisoned((long) rows * experts).copyFrom(logits);
                    MemorySegment expectedIds = c.poisoned((long) rows * k);
                    MemorySegment ids = c.poisoned((long) rows * k);
                    MemorySegment expectedWeights = c.poisoned((long) rows * k);
                    MemorySegment weights = c.poisoned((long) rows * k);
                    ORACLE.route(
                            expectedIds, expectedWeights, expected, rows, experts, k, renormalise);
                    kernels.route(ids, weights, actual, rows, experts, k, renormalise);
                    String what = what(kernels, rows, experts, k);
                    c.assertClose(expected, actual, experts, what);
                    c.assertClose(expectedWeights, weights, k, what);
                    c.assertSame(expectedIds, ids, what);
                });
    }

    @Test
    void routerLogitsThatAreNotFiniteAreRefused() {
        for (Kernels kernels : tiers) {
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                try (Cases c = new Cases(1)) {
                    MemorySegment logits = c.floats(4 * 8);
                    logits.setAtIndex(ValueLayout.JAVA_FLOAT, 2 * 8 + 5, bad);
                    var e =
                            assertThrows(
                                    ArithmeticException.class,
                                    () ->
                                            kernels.route(
                                                    c.poisoned(4 * 3),
                                                    c.poisoned(4 * 3),
                                                    logits,
                                                    4,
                                                    8,
                                                    3,
                                                    false));
                    assertTrue(e.getMessage().contains("row 2"), e.getMessage());
                }
            }
        }
    }

    @Test
    void mixturesOfExpertsAgree() {
        inEveryTier(
                60,
                (c, kernels) -> {
                    int experts = c.size(9);
                    int k = 1 + c.random.nextInt(Math.min(experts, 3));
                    int rows = c.oneOf(1, 2, c.size(40));
                    long hidden = c.size(140);
                    long width = c.size(140);
                    WeightType type = c.type();
                    WeightType downType = c.oneOf(type, type, c.type());
                    ExpertWeight gate = c.experts(type, experts, width, hidden);
                    ExpertWeight up = c.experts(type, experts, width, hidden);
                    ExpertWeight down = c.experts(downType, experts, hidden, width);
                    experts(c, kernels, gate, up, down, rows, k, 0);
                });
    }

    /**
     * Rounding to fp8 makes a step of a last-bit difference: most rows agree, some by and large.
     */
    @Test
    void mixturesOfExpertsWithRoundedInputsAgree() {
        inEveryTier(
                6,
                (c, kernels) -> {
                    WeightType fp8 = WeightType.F8_E4M3;
                    ExpertWeight gate = c.experts(fp8, 4, 48, 300);
                    ExpertWeight up = c.experts(c.oneOf(fp8, WeightType.BF16), 4, 48, 300);
                    ExpertWeight down = c.experts(fp8, 4, 300, 48);
                    experts(c, kernels, gate, up, down, c.size(9), 2, c.oneOf(128, 32, 7));
                });
    }

    private static void experts(
            Cases c,
            NativeKernels kernels,
            ExpertWeight gate,
            ExpertWeight up,
            ExpertWeight down,
            int rows,
            int k,
            int group) {
        long hidden = gate.cols();
        MemorySegment x = c.floats(rows * hidden);
        MemorySegment ids = c.ids(rows, k, gate.experts());
        MemorySegment weights = c.floats((long) rows * k);
        MemorySegment expected = c.poisoned(rows * hidden);
        MemorySegment actual = c.poisoned(rows * hidden);
        ORACLE.experts(
                expected, x, ids, weights, gate, up, down, rows, k, group, MemorySegment.NULL);
        long bytes = kernels.expertsScratch(rows, k, gate.experts(), hidden, gate.rows());
        MemorySegment scratch = c.poisoned(bytes / Float.BYTES);
        kernels.experts(actual, x, ids, weights, gate, up, down, rows, k, group, scratch);
        double within = group == 0 ? 1e-5 : 2e-2;
        String what = what(kernels, gate, down, rows, k, group);
        float typical = norm(gate.expert(0)) * norm(up.expert(0)) * norm(down.expert(0));
        c.assertClose(expected, actual, hidden, within, typical, what);
        c.assertCanaries(scratch, what);
    }

    @Test
    void activationsAgree() {
        inEveryTier(
                40,
                (c, kernels) -> {
                    int n = c.size(20000);
                    MemorySegment x = c.floats(n);
                    for (int i = 0; i < n; i++) { // from the flat to the linear ends
                        float wide = x.getAtIndex(ValueLayout.JAVA_FLOAT, i) * 40;
                        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, wide);
                    }
                    MemorySegment y = c.floats(n);
                    MemorySegment expected = c.copy(x);
                    MemorySegment actual = c.poisoned(n).copyFrom(x);
                    ORACLE.siluMultiply(expected, y, n);
                    kernels.siluMultiply(actual, y, n);
                    c.assertClose(expected, actual, 1, what(kernels, "silu", n));
                    expected.copyFrom(x);
                    actual.copyFrom(x);
                    ORACLE.quickGelu(expected, n);
                    kernels.quickGelu(actual, n);
                    c.assertClose(expected, actual, 1, what(kernels, "gelu", n));
                    expected.copyFrom(x);
                    actual.copyFrom(x);
                    ORACLE.add(expected, y, n);
                    kernels.add(actual, y, n);
                    c.assertSame(expected, actual, what(kernels, "add", n));
                });
    }

    @Test
    void convolutionsAgree() {
        inEveryTier(
                60,
                (c, kernels) -> {
                    int kernel = c.size(4);
                    int channels = c.size(9);
                    int height = kernel + c.random.nextInt(12);
                    int width = kernel + c.random.nextInt(12);
                    int stride = c.size(3);
                    int padding = c.random.nextInt(3);
                    Convolution shape =
                            c.random.nextBoolean()
                                    ? Convolution.overPlanes(
                                            channels, height, width, kernel, stride, padding)
                                    : Convolution.overTokens(
                                            channels, height, width, kernel, stride, padding);
                    Weight w = c.weight(c.type(), c.size(40), shape.patch());
                    Weight bias = c.oneOf(null, c.weight(WeightType.BF16, 1, w.rows()));
                    MemorySegment in = c.floats((long) channels * height * width);
                    long n = (long) shape.outHeight() * shape.outWidth() * w.rows();
                    MemorySegment expected = c.poisoned(n);
                    MemorySegment actual = c.poisoned(n);
                    ORACLE.convolve(expected, in, w, bias, shape, MemorySegment.NULL);
                    MemorySegment scratch =
                            c.poisoned(kernels.convolveScratch(shape) / Float.BYTES);
                    kernels.convolve(actual, in, w, bias, shape, scratch);
                    c.assertClose(expected, actual, n, what(kernels, shape, w));
                });
    }

    @Test
    void quantisationIsTheSameToTheBit() {
        inEveryTier(
                60,
                (c, kernels) -> {
                    int rows = c.size(9);
                    int cols = c.size(400);
                    int group = c.oneOf(128, 1, 3, 1000, c.size(64));
                    MemorySegment x = c.floats((long) rows * cols);
                    x.setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            c.random.nextInt(rows * cols),
                            c.oneOf(0f, 1e-20f, 3e38f, Float.NaN, Float.POSITIVE_INFINITY));
                    long groups = Math.ceilDiv(cols, group);
                    MemorySegment expectedScales = c.poisoned(rows * groups);
                    MemorySegment scales = c.poisoned(rows * groups);
                    MemorySegment expectedCodes = c.arena.allocate((long) rows * cols);
                    MemorySegment codes = c.arena.allocate((long) rows * cols + 1).asSlice(1);
                    ORACLE.quantize(expectedCodes, expectedScales, x, rows, cols, group);
                    kernels.quantize(codes, scales, x, rows, cols, group);
                    String what = what(kernels, rows, cols, group);
                    assertEquals(-1, expectedCodes.mismatch(codes), "seed " + c.seed + what);
                    assertSameNumbers(c, expectedScales, scales, what);
                    MemorySegment expected = c.poisoned((long) rows * cols);
                    MemorySegment actual = c.poisoned((long) rows * cols).copyFrom(x);
                    ORACLE.fakeQuantize(expected, x, rows, cols, group);
                    kernels.fakeQuantize(actual, actual, rows, cols, group);
                    assertSameNumbers(c, expected, actual, what);
                });
    }

    /** NaN equals NaN, whatever its bits. */
    private static void assertSameNumbers(
            Cases c, MemorySegment expected, MemorySegment actual, String what) {
        for (long i = 0; i < expected.byteSize() / Float.BYTES; i++) {
            assertEquals(
                    expected.getAtIndex(ValueLayout.JAVA_FLOAT, i),
                    actual.getAtIndex(ValueLayout.JAVA_FLOAT, i),
                    "seed " + c.seed + " " + what + " number " + i);
        }
    }

    @Test
    void noRowsAreNoWork() {
        for (NativeKernels kernels : tiers) {
            try (Cases c = new Cases(1)) {
                Weight w = c.weight(WeightType.BF16, 3, 4);
                MemorySegment none = c.arena.allocate(0);
                kernels.embed(none, w, none, 0);
                kernels.linear(none, none, w, null, 0);
                kernels.attention(none, none, none, none, 0, 5, 2, 4, 1);
                kernels.fullAttention(none, none, 0, 2, 4, 1);
                kernels.route(none, none, none, 0, 4, 2, true);
                kernels.add(none, none, 0);
            }
        }
    }

    @Test
    void afterClosingTheLibraryIsUnloadedAndACallRefused(@TempDir Path other) throws IOException {
        Path file = NativeTiers.library(other);
        NativeKernels kernels = NativeKernels.load(file);
        Path mapped = Path.of("/proc/self/maps");
        if (Files.exists(mapped)) {
            assertTrue(Files.readString(mapped).contains(file.toString()));
        }
        kernels.close();
        kernels.close();
        if (Files.exists(mapped)) {
            assertFalse(Files.readString(mapped).contains(file.toString()));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocate(16);
            assertThrows(IllegalStateException.class, () -> kernels.quickGelu(x, 4));
        }
    }
}
