package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What every backend must do, an operation at a time: small sums done by hand, and random cases of
 * ragged sizes against plain Java. Outputs hold NaN before, and canaries lie behind them. A new
 * backend is tested by a subclass; other modules find this one in the test jar.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendContract {
    private final Backend oracle = new JavaBackend();
    private Backend backend;

    /** The backend to be tested; closed at the end. May skip the tests if it cannot run here. */
    protected abstract Backend open();

    @BeforeAll
    final void openOnce() {
        backend = open();
    }

    @AfterAll
    final void closeAtLast() {
        if (backend != null) {
            backend.close();
        }
    }

    private static void cases(int count, Consumer<Cases> body) {
        for (long seed = 1; seed <= count; seed++) {
            try (Cases c = new Cases(seed)) {
                body.accept(c);
            }
        }
    }

    private float[] computed(Function<Bench, float[]> body) {
        try (Bench bench = new Bench(backend)) {
            return body.apply(bench);
        }
    }

    /**
     * Plain Java's numbers and the backend's: every row within {@code within} of its largest one.
     *
     * @param typical how large the numbers of a row usually are: what a row of few numbers, which
     *     may all be small by chance, is measured by
     */
    private void agree(
            Cases c,
            long cols,
            double within,
            float typical,
            Object what,
            Function<Bench, float[]> body) {
        float[] expected;
        try (Bench bench = new Bench(oracle)) {
            expected = body.apply(bench);
        }
        assertClose(c, expected, computed(body), cols, within, typical, what);
    }

    private void agree(Cases c, long cols, Object what, Function<Bench, float[]> body) {
        agree(c, cols, 1e-5, 1e-30f, what, body);
    }

    private void assertClose(
            Cases c,
            float[] expected,
            float[] actual,
            long cols,
            double within,
            float typical,
            Object what) {
        assertEquals(expected.length, actual.length);
        for (int row = 0; row < expected.length; row += (int) cols) {
            float largest = typical;
            for (int i = row; i < row + cols; i++) {
                largest = Math.max(largest, Math.abs(expected[i]));
            }
            for (int i = row; i < row + cols; i++) {
                if (!(Math.abs(expected[i] - actual[i]) <= within * largest)) {
                    throw new AssertionError(
                            "%s, seed %d, %s: row %d column %d is %s, not %s (the row's largest is %s)"
                                    .formatted(
                                            backend.name(),
                                            c.seed,
                                            what,
                                            row / cols,
                                            i - row,
                                            actual[i],
                                            expected[i],
                                            largest));
                }
            }
        }
    }

    /** The same bits; NaN equals NaN, whatever its bits. */
    private void same(Cases c, Object what, Function<Bench, float[]> body) {
        try (Bench bench = new Bench(oracle)) {
            assertArrayEquals(
                    body.apply(bench),
                    computed(body),
                    "%s, seed %d, %s".formatted(backend.name(), c.seed, what));
        }
    }

    private static Weight matrix(Cases c, long rows, long cols, float... x) {
        MemorySegment data = c.arena.allocateFrom(ValueLayout.JAVA_FLOAT, x);
        return new Weight(
                Format.of(WeightType.F32),
                data,
                Math.toIntExact(x.length / (rows * cols)),
                rows,
                cols);
    }

    /** A sum done by hand. */
    private void meets(float[] expected, double within, Function<Bench, float[]> body) {
        assertArrayEquals(expected, computed(body), (float) within);
    }

    @Test
    void whatIsWrittenIsRead() {
        try (Bench b = new Bench(backend)) {
            Buffer x = b.floats(1, 2, 3, 4);
            assertArrayEquals(new float[] {3, 4}, b.read(x.slice(8)));
            b.stream.copy(x.slice(4), b.floats(7, 8));
            b.stream.write(x, MemorySegment.ofArray(new float[] {5}));
            assertArrayEquals(new float[] {5, 7, 8, 4}, b.read(x));
            assertArrayEquals(
                    new float[] {7, 8},
                    b.stream.view(x.slice(4, 8)).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
            assertEquals(16, x.bytes());
            assertThrows(IndexOutOfBoundsException.class, () -> x.slice(12, 8));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> b.stream.write(x, MemorySegment.ofArray(new float[5])));
            assertArrayEquals(new float[3], b.read(b.bytes(12)), "memory is of zeros");
            b.stream.await();
        }
    }

    @Test
    void embeddingsAreLookedUp() {
        cases(
                40,
                c -> {
                    Weight table = c.weight(c.type(), c.size(50), c.size(300));
                    int n = c.size(20);
                    int[] ids = c.ids(n, 1, (int) table.rows());
                    same(
                            c,
                            table,
                            b -> {
                                Buffer out = b.poisoned(n * table.cols());
                                b.stream.embed(out, b.hold(table), b.ints(ids), n);
                                return b.read(out);
                            });
                });
    }

    @Test
    void aLinearLayerMultipliesRowsAndAddsTheBias() {
        try (Cases c = new Cases(1)) {
            Weight w = matrix(c, 2, 3, 1, 2, 3, -1, 0, 4);
            Weight bias = matrix(c, 1, 2, 0.5f, -0.5f);
            meets(
                    new float[] {321.5f, 398.5f, 3.5f, 3.5f},
                    0,
                    b -> {
                        Buffer out = b.poisoned(4);
                        Buffer x = b.floats(1, 10, 100, 0, 0, 1);
                        b.stream.linear(out, x, b.hold(w), b.hold(bias), 2);
                        return b.read(out);
                    });
        }
    }

    @Test
    void fp8CountsAsValueTimesTheScaleOfItsRaggedBlock() {
        try (Cases c = new Cases(1)) {
            MemorySegment ones = c.arena.allocate(9).fill((byte) 0x38);
            MemorySegment scales = c.arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 10, 100, 1000);
            Weight w = new Weight(new Format.Blocks(WeightType.F8_E4M3, 2, 2, scales), ones, 3, 3);
            meets(
                    new float[] {43, 43, 4300},
                    0,
                    b -> {
                        Buffer out = b.poisoned(3);
                        b.stream.linear(out, b.floats(1, 2, 4), b.hold(w), null, 1);
                        return b.read(out);
                    });
        }
    }

    @Test
    void linearLayersOfAllTypesAndShapesAgree() {
        cases(
                300,
                c -> {
                    int rows = c.oneOf(1, 1, 2, 3, 4, 5, 6, 7, 8, 13, c.size(30));
                    linear(c, c.weight(c.type(), c.size(90), c.size(400)), rows);
                });
    }

    @Test
    void linearLayersWithManyRowsAndColumnsAgree() {
        cases(
                12,
                c -> {
                    WeightType type = WeightType.values()[(int) (c.seed % 4)];
                    Weight w = c.weight(type, 60 + c.size(40), 2000 + c.size(200));
                    linear(c, w, c.seed <= 8 ? 180 + c.size(60) : 10 + c.size(14));
                });
    }

    private void linear(Cases c, Weight w, int rows) {
        Weight bias = c.oneOf(null, c.weight(c.type(), 1, w.rows()));
        float[] x = c.floats(rows * w.cols());
        agree(
                c,
                w.rows(),
                1e-5,
                norm(w),
                w + " " + rows,
                b -> {
                    Buffer out = b.poisoned(rows * w.rows());
                    b.stream.linear(out, b.floats(x), b.hold(w), b.hold(bias), rows);
                    return b.read(out);
                });
    }

    /** The standard deviation of an output whose inputs are normally distributed. */
    private static float norm(Weight w) {
        double squares = 0;
        for (float value : WeightRow.read(w, 0)) {
            squares += value * value;
        }
        return (float) Math.sqrt(squares);
    }

    /**
     * A row does not notice its neighbours, whichever way of computing their number calls for: by
     * nothing but rounding where weights have scales or a row is long, else not by a bit.
     */
    @Test
    void aRowIsTheSameAloneAndAmongOthers() {
        cases(
                12,
                c -> {
                    WeightType type = WeightType.values()[(int) (c.seed % 4)];
                    boolean exact = type != WeightType.F8_E4M3;
                    Weight w = c.weight(type, 61 + c.size(20), exact ? c.size(1000) : 1300);
                    int most = c.oneOf(2, 3, 4, 5, 6, 7, 8, 11, 13, 24, 40);
                    float[] x = c.floats(most * w.cols());
                    try (Bench b = new Bench(backend)) {
                        float[] together = linear(b, w, x, most);
                        for (int row = 0; row < most; row++) {
                            float[] own = part(x, row, w.cols());
                            float[] expected = part(together, row, w.rows());
                            float[] alone = linear(b, w, own, 1);
                            String what = w + " row " + row + " of " + most;
                            if (exact) {
                                assertArrayEquals(expected, alone, backend.name() + " " + what);
                            } else {
                                assertClose(c, expected, alone, w.rows(), 1e-5, norm(w), what);
                            }
                        }
                    }
                });
    }

    private static float[] linear(Bench b, Weight w, float[] x, int rows) {
        Buffer out = b.poisoned(rows * w.rows());
        b.stream.linear(out, b.floats(x), b.hold(w), null, rows);
        return b.read(out);
    }

    private static float[] part(float[] x, int row, long cols) {
        return Arrays.copyOfRange(x, row * (int) cols, (row + 1) * (int) cols);
    }

    @Test
    void anFp8NanComesOutWhereItBelongs() {
        for (int rows : new int[] {1, 5, 30}) {
            try (Cases c = new Cases(rows);
                    Bench b = new Bench(backend)) {
                Weight w = c.weight(WeightType.F8_E4M3, 40, 300);
                w.data().set(ValueLayout.JAVA_BYTE, 7 * 300 + 211, (byte) 0x7f);
                w.data().set(ValueLayout.JAVA_BYTE, 9 * 300 + 299, (byte) 0xff);
                float[] out = linear(b, w, c.floats(rows * 300L), rows);
                for (int i = 0; i < out.length; i++) {
                    assertEquals(i % 40 == 7 || i % 40 == 9, Float.isNaN(out[i]), "number " + i);
                }
            }
        }
    }

    @Test
    void everyFp8CodeIsDecodedExactly() {
        try (Cases c = new Cases(1);
                Bench b = new Bench(backend)) {
            MemorySegment codes = c.arena.allocate(256);
            for (int code = 0; code < 256; code++) {
                codes.set(ValueLayout.JAVA_BYTE, code, (byte) code);
            }
            MemorySegment one = c.arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f);
            Format format = new Format.Blocks(WeightType.F8_E4M3, 128, 256, one);
            Buffer out = b.poisoned(256);
            b.stream.embed(out, b.hold(new Weight(format, codes, 1, 256)), b.ints(0), 1);
            float[] values = b.read(out);
            for (int code = 0; code < 256; code++) {
                assertEquals(E4m3.decode((byte) code), values[code], "code " + code);
            }
        }
    }

    @Test
    void normsAreThoseOfTheirFormulas() {
        try (Cases c = new Cases(1)) {
            Weight gain = matrix(c, 1, 2, 1, 2);
            Weight bias = matrix(c, 1, 2, 10, 20);
            double root = Math.sqrt(12.5);
            meets(
                    new float[] {(float) (3 / root), (float) (8 / root)},
                    1e-6,
                    b -> {
                        Buffer out = b.poisoned(2);
                        b.stream.rmsNorm(out, b.floats(3, 4), b.hold(gain), 1, 0);
                        return b.read(out);
                    });
            meets(
                    new float[] {9, 22},
                    1e-6,
                    b -> {
                        Buffer out = b.poisoned(2);
                        b.stream.layerNorm(out, b.floats(3, 7), b.hold(gain), b.hold(bias), 1, 0);
                        return b.read(out);
                    });
        }
    }

    @Test
    void normsAgree() {
        cases(
                60,
                c -> {
                    int rows = c.size(9);
                    int cols = c.size(700);
                    float[] x = c.floats((long) rows * cols);
                    Weight gain = c.weight(c.type(), 1, cols);
                    Weight bias = c.weight(c.type(), 1, cols);
                    agree(
                            c,
                            cols,
                            "rms " + gain,
                            b -> {
                                Buffer out = b.poisoned(x.length);
                                b.stream.rmsNorm(out, b.floats(x), b.hold(gain), rows, 1e-5f);
                                return b.read(out);
                            });
                    Function<Bench, float[]> layer =
                            b -> {
                                Buffer in = b.watched(x);
                                b.stream.layerNorm(in, in, b.hold(gain), b.hold(bias), rows, 1e-5f);
                                return b.read(in);
                            };
                    agree(c, cols, "layer " + gain, layer);
                    try (Bench b = new Bench(backend)) {
                        Buffer out = b.poisoned(x.length);
                        b.stream.layerNorm(
                                out, b.floats(x), b.hold(gain), b.hold(bias), rows, 1e-5f);
                        assertArrayEquals(computed(layer), b.read(out), "in place");
                    }
                });
    }

    @Test
    void rotationTurnsEachHalfPairByPositionTimesFrequency() {
        float[] expected = new float[12];
        long[] positions = {3, 4, 60000};
        for (int r = 0; r < 3; r++) {
            double a = positions[r] * 0.5;
            double b = positions[r] * 0.25;
            expected[4 * r] = (float) Math.cos(a);
            expected[4 * r + 2] = (float) Math.sin(a);
            expected[4 * r + 1] = (float) -Math.sin(b);
            expected[4 * r + 3] = (float) Math.cos(b);
        }
        meets(
                expected,
                1e-6,
                b -> {
                    Buffer x = b.watched(new float[] {1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1});
                    Spans spans = new Spans();
                    spans.add(b.cache(KvFormat.F32, 1, 10, 4), 3, 2);
                    spans.add(b.cache(KvFormat.BF16, 1, 65536, 4), 60000, 1);
                    b.stream.rotate(x, spans, 1, 4, b.floats(0.5f, 0.25f));
                    return b.read(x);
                });
    }

    @Test
    void rotationsAgree() {
        cases(
                40,
                c -> {
                    int heads = c.size(5);
                    int dim = 2 * c.size(70);
                    float[] frequencies = c.floats(dim / 2);
                    int[] rows = {c.size(5), c.random.nextInt(3), c.size(4)};
                    long[] positions = c.random.longs(3, 0, 65000).toArray();
                    float[] x = c.floats((long) Arrays.stream(rows).sum() * heads * dim);
                    agree(
                            c,
                            dim,
                            heads + " heads of " + dim,
                            b -> {
                                Buffer in = b.watched(x);
                                Spans spans = new Spans();
                                for (int i = 0; i < rows.length; i++) {
                                    KeyValues cache = b.cache(KvFormat.F32, 1, 65536, dim);
                                    spans.add(cache, positions[i], rows[i]);
                                }
                                b.stream.rotate(in, spans, heads, dim, b.floats(frequencies));
                                return b.read(in);
                            });
                });
    }

    @Test
    void attentionSeesItsOwnPositionAndThoseBefore() {
        double e = Math.exp(0.5);
        double f = Math.exp(1);
        meets(
                new float[] {
                    (float) ((e + 3) / (e + 1)),
                    (float) ((2 * e + 4) / (e + 1)),
                    (float) ((1 + 3 * f + 100 * f) / (1 + 2 * f)),
                    (float) ((2 + 4 * f + 200 * f) / (1 + 2 * f))
                },
                1e-4,
                b -> {
                    // Two rows of one head of two; the third key is only for the second row.
                    KeyValues cache = b.cache(KvFormat.F32, 2, 3, 2);
                    Spans spans = new Spans();
                    spans.add(cache, 0, 1);
                    b.stream.append(b.floats(1, 0), b.floats(1, 2), spans, 1);
                    spans.clear();
                    spans.add(cache, 1, 2);
                    b.stream.append(b.floats(0, 1, 1, 1), b.floats(3, 4, 100, 200), spans, 1);
                    Buffer out = b.poisoned(4);
                    b.stream.attention(out, b.floats(1, 0, 0, 2), spans, 1, 1, 0.5f);
                    return b.read(out);
                });
    }

    /** A sequence of a batch: its cache already holds some tokens. */
    private record Stretch(KvFormat format, int position, int rows, float[] keys, float[] values) {
        static Stretch of(Cases c, KvFormat format, int position, int rows, int dim) {
            long n = (long) (position + rows) * dim;
            return new Stretch(format, position, rows, c.floats(n), c.floats(n));
        }

        KeyValues cache(Bench b, int dim) {
            int all = position + rows;
            KeyValues cache = b.cache(format, 3, all + 2, dim);
            Spans spans = new Spans();
            spans.add(cache, 0, all);
            b.stream.append(b.floats(keys), b.floats(values), spans, 1);
            return cache;
        }
    }

    private static float[] attended(
            Bench b, float[] q, List<Stretch> stretches, int heads, int dim, float scale) {
        Spans spans = new Spans();
        for (Stretch s : stretches) {
            spans.add(s.cache(b, dim), s.position, s.rows);
        }
        Buffer out = b.poisoned(q.length);
        b.stream.attention(out, b.floats(q), spans, 1, heads, scale);
        return b.read(out);
    }

    private void attention(Cases c, List<Stretch> stretches, int heads, int dim) {
        int rows = stretches.stream().mapToInt(Stretch::rows).sum();
        float[] q = c.floats((long) rows * heads * dim);
        float scale = (float) (1 / Math.sqrt(dim));
        String what = stretches.size() + " spans, " + rows + " rows, " + heads + " x " + dim;
        agree(c, (long) heads * dim, what, b -> attended(b, q, stretches, heads, dim, scale));
        // Alone to the bit.
        float[] together = computed(b -> attended(b, q, stretches, heads, dim, scale));
        int from = 0;
        for (Stretch s : stretches) {
            int to = from + s.rows * heads * dim;
            float[] own = Arrays.copyOfRange(q, from, to);
            assertArrayEquals(
                    Arrays.copyOfRange(together, from, to),
                    computed(b -> attended(b, own, List.of(s), heads, dim, scale)),
                    "seed " + c.seed + ", " + what);
            from = to;
        }
    }

    @Test
    void attentionOverSharedKeysAgrees() {
        cases(
                60,
                c -> {
                    int dim = c.oneOf(32, 64, 256, c.size(150));
                    KvFormat format = c.oneOf(KvFormat.values());
                    Stretch one = Stretch.of(c, format, c.random.nextInt(300), c.size(40), dim);
                    attention(c, List.of(one), c.size(12), dim);
                });
    }

    @Test
    void attentionOfManySequencesAgreesAndEachIsWhatItIsAlone() {
        cases(
                12,
                c -> {
                    int dim = c.oneOf(32, 64, c.size(100));
                    List<Stretch> all = new ArrayList<>();
                    for (int i = c.oneOf(2, 8, 20); i > 0; i--) {
                        KvFormat format = c.oneOf(KvFormat.values());
                        int rows = c.oneOf(1, 1, 1, 0, c.size(30));
                        all.add(Stretch.of(c, format, c.random.nextInt(400), rows, dim));
                    }
                    attention(c, all, c.size(9), dim);
                });
    }

    @Test
    void attentionOverALongContextAgrees() {
        try (Cases c = new Cases(1)) {
            attention(c, List.of(Stretch.of(c, KvFormat.F32, 1500 + c.size(500), 1, 40)), 7, 40);
            attention(c, List.of(Stretch.of(c, KvFormat.BF16, 5000, 1, 16)), 7, 16);
            attention(c, List.of(Stretch.of(c, KvFormat.F8_E4M3, 3000, 2, 32)), 64, 32);
            attention(c, List.of(Stretch.of(c, KvFormat.F32, 70, 130, 24)), 30, 24);
            attention(c, List.of(Stretch.of(c, KvFormat.BF16, 100, 3, 1024)), 5, 1024);
        }
    }

    @Test
    void attentionWithHugeScoresNeitherOverflowsNorLosesTheLargest() {
        try (Cases c = new Cases(3)) {
            float[] q = c.floats(8 * 16);
            List<Stretch> one = List.of(Stretch.of(c, KvFormat.F32, 299, 1, 16));
            // A score's own rounding, 1e-7 of thousands, is all that may show.
            agree(c, 8 * 16, 2e-3, 0, "huge", b -> attended(b, q, one, 8, 16, 1000));
        }
    }

    /** Float32 to the bit; the others as near as they can come, the same in every backend. */
    @Test
    void cachesKeepWhatTheirFormatCan() {
        cases(
                12,
                c -> {
                    KvFormat format = KvFormat.values()[(int) (c.seed % KvFormat.values().length)];
                    int dim = c.size(300);
                    int rows = c.size(5);
                    int position = c.random.nextInt(6);
                    float[] keys = c.floats((long) rows * dim);
                    float[] values = c.floats((long) rows * dim);
                    keys[c.random.nextInt(keys.length)] =
                            c.oneOf(0f, -0f, 1e-20f, 1e30f, Float.NaN);
                    Function<Bench, float[]> kept =
                            b -> {
                                KeyValues cache = b.cache(format, 3, position + rows, dim);
                                Spans spans = new Spans();
                                spans.add(cache, position, rows);
                                b.stream.append(b.floats(keys), b.floats(values), spans, 2);
                                float[] before = b.keys(cache, 2, position);
                                assertArrayEquals(new float[position * dim], before);
                                assertArrayEquals(
                                        new float[(position + rows) * dim],
                                        b.values(cache, 1, position + rows));
                                float[] all = b.keys(cache, 2, position + rows);
                                float[] own = Arrays.copyOfRange(all, before.length, all.length);
                                float[] v = b.values(cache, 2, position + rows);
                                float[] both = Arrays.copyOf(own, 2 * own.length);
                                System.arraycopy(v, before.length, both, own.length, own.length);
                                return both;
                            };
                    same(c, format + " " + dim, kept);
                    float[] actual =
                            Arrays.copyOfRange(computed(kept), keys.length, 2 * keys.length);
                    double within =
                            switch (format) {
                                case F32 -> 0;
                                case BF16 -> 0x1p-8;
                                case F16 -> 0x1p-11;
                                case F8_E4M3 -> 0x1p-4;
                            };
                    assertClose(c, values, actual, dim, within, 0, format);
                });
    }

    @Test
    void cachesAreCopiedTrimmedAndClosed() {
        for (KvFormat format : KvFormat.values()) {
            try (Cases c = new Cases(1);
                    Bench b = new Bench(backend)) {
                Stretch some = Stretch.of(c, format, 0, 40, 64);
                KeyValues cache = some.cache(b, 64);
                KeyValues other = b.cache(format, 3, 30, 64);
                other.copyFrom(cache, 25);
                assertArrayEquals(b.keys(cache, 1, 25), b.keys(other, 1, 25));
                assertArrayEquals(b.values(cache, 1, 25), b.values(other, 1, 25));
                assertArrayEquals(new float[64], part(b.keys(other, 1, 26), 25, 64));
                assertEquals(42, cache.capacity());
                assertEquals(2 * 3 * 7 * format.rowBytes(64), cache.bytes(7));
                assertThrows(IllegalArgumentException.class, () -> other.copyFrom(cache, 31));
                KeyValues narrow = b.cache(format, 3, 50, 63);
                assertThrows(IllegalArgumentException.class, () -> narrow.copyFrom(cache, 1));
                float[] kept = b.keys(cache, 1, 3);
                cache.release(3);
                assertArrayEquals(kept, b.keys(cache, 1, 3));
                cache.close();
                cache.close();
                assertThrows(IllegalStateException.class, () -> b.keys(cache, 1, 3));
                assertThrows(IllegalStateException.class, () -> other.copyFrom(cache, 1));
                Spans spans = new Spans();
                spans.add(other, 0, 1);
                spans.add(cache, 0, 1);
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                b.stream.append(
                                        b.floats(new float[128]),
                                        b.floats(new float[128]),
                                        spans,
                                        0));
                other.close(); // which nobody uses any more
            }
        }
    }

    @Test
    void fullAttentionSeesAllTokensOfItsHead() {
        float mixed = (float) ((10 + 20 * Math.E) / (1 + Math.E));
        meets(
                new float[] {mixed, 8, mixed, 8},
                1e-5,
                b -> {
                    // Two tokens, two heads of one: q q k k v v.
                    Buffer qkv = b.floats(1, 0, 1, 5, 10, 7, 1, 0, 2, 6, 20, 9);
                    Buffer out = b.poisoned(4);
                    b.stream.fullAttention(out, qkv, 2, 2, 1, 1);
                    return b.read(out);
                });
    }

    @Test
    void fullAttentionAgrees() {
        cases(
                30,
                c -> {
                    int tokens = c.oneOf(1, 65, 150, c.size(100));
                    int heads = c.size(5);
                    int dim = c.oneOf(16, 112, c.size(80));
                    long n = (long) tokens * heads * dim;
                    float[] qkv = c.floats(3 * n);
                    float scale = (float) (1 / Math.sqrt(dim));
                    agree(
                            c,
                            (long) heads * dim,
                            tokens + " tokens, " + heads + " x " + dim,
                            b -> {
                                Buffer out = b.poisoned(n);
                                b.stream.fullAttention(
                                        out, b.floats(qkv), tokens, heads, dim, scale);
                                return b.read(out);
                            });
                });
    }

    @Test
    void theRouterPrefersTheLowerNumberOfEqualExperts() {
        try (Bench b = new Bench(backend)) {
            Buffer ids = b.poisoned(3);
            Buffer weights = b.poisoned(3);
            Buffer logits = b.watched(new float[] {0, (float) Math.log(2), 0, (float) Math.log(4)});
            b.stream.route(ids, weights, logits, 1, 4, 3, false);
            assertArrayEquals(new int[] {3, 1, 0}, b.readInts(ids));
            assertArrayEquals(new float[] {0.5f, 0.25f, 0.125f}, b.read(weights), 1e-6f);
            assertArrayEquals(new float[] {0.125f, 0.25f, 0.125f, 0.5f}, b.read(logits), 1e-6f);
            b.stream.route(ids, weights, b.floats(0, 0, 0, 0), 1, 4, 2, true);
            assertArrayEquals(new float[] {0.5f, 0.5f}, b.read(weights.slice(0, 8)), 1e-6f);
        }
    }

    @Test
    void routersChooseTheSameExperts() {
        cases(
                60,
                c -> {
                    int rows = c.size(20);
                    int experts = c.size(60);
                    int k = 1 + c.random.nextInt(experts);
                    boolean renormalise = c.random.nextBoolean();
                    float[] logits = c.floats((long) rows * experts);
                    for (int i = 0; i + 1 < rows * experts; i += 7) { // equal neighbours
                        logits[i + 1] = logits[i];
                    }
                    String what = rows + " rows, " + k + " of " + experts;
                    Function<Bench, float[][]> route =
                            b -> {
                                Buffer ids = b.poisoned((long) rows * k);
                                Buffer weights = b.poisoned((long) rows * k);
                                Buffer all = b.watched(logits);
                                b.stream.route(ids, weights, all, rows, experts, k, renormalise);
                                float[] chosen = b.read(ids);
                                for (int i = 0; i < chosen.length; i++) {
                                    chosen[i] = Float.floatToRawIntBits(chosen[i]);
                                }
                                return new float[][] {chosen, b.read(weights), b.read(all)};
                            };
                    same(c, what, b -> route.apply(b)[0]);
                    agree(c, k, what, b -> route.apply(b)[1]);
                    agree(c, experts, what, b -> route.apply(b)[2]);
                });
    }

    @Test
    void routerLogitsThatAreNotFiniteAreRefused() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            try (Cases c = new Cases(1);
                    Bench b = new Bench(backend)) {
                float[] logits = c.floats(4 * 8);
                logits[2 * 8 + 5] = bad;
                Buffer all = b.floats(logits);
                var e =
                        assertThrows(
                                ArithmeticException.class,
                                () -> {
                                    b.stream.route(
                                            b.poisoned(12), b.poisoned(12), all, 4, 8, 3, false);
                                    b.stream.await();
                                });
                assertTrue(e.getMessage().contains("row 2"), e.getMessage());
            }
        }
    }

    @Test
    void expertsAreMixedByTheirWeights() {
        double first = 0.5 * silu(1) * 10 - 0.25 * silu(2) * 20;
        try (Cases c = new Cases(1)) {
            Weight gate = matrix(c, 1, 1, 1, 2);
            Weight up = matrix(c, 1, 1, 10, 20);
            Weight down = matrix(c, 1, 1, 1, -1);
            meets(
                    new float[] {(float) first, (float) (silu(2) * 20)},
                    1e-5,
                    b -> {
                        Buffer out = b.poisoned(2);
                        b.stream.experts(
                                out,
                                b.floats(1, 2),
                                b.ints(1, 0, 0, 1),
                                b.floats(0.25f, 0.5f, 1, 0),
                                b.hold(gate),
                                b.hold(up),
                                b.hold(down),
                                2,
                                2,
                                0,
                                b.poisoned(b.backend.expertsScratch(2, 2, 2, 1, 1) / 4));
                        return b.read(out);
                    });
        }
    }

    private static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    @Test
    void mixturesOfExpertsAgree() {
        cases(
                60,
                c -> {
                    int experts = c.size(9);
                    int k = 1 + c.random.nextInt(Math.min(experts, 3));
                    int rows = c.oneOf(1, 2, c.size(40));
                    long hidden = c.size(140);
                    long width = c.size(140);
                    WeightType type = c.type();
                    Weight gate = c.weights(type, experts, width, hidden);
                    Weight up = c.weights(type, experts, width, hidden);
                    Weight down = c.weights(c.oneOf(type, type, c.type()), experts, hidden, width);
                    experts(c, gate, up, down, rows, k, 0);
                });
    }

    /**
     * Rounding to fp8 makes a step of a last-bit difference: most rows agree, some by and large.
     */
    @Test
    void mixturesOfExpertsWithRoundedInputsAgree() {
        cases(
                6,
                c -> {
                    WeightType fp8 = WeightType.F8_E4M3;
                    Weight gate = c.weights(fp8, 4, 48, 300);
                    Weight up = c.weights(c.oneOf(fp8, WeightType.BF16), 4, 48, 300);
                    Weight down = c.weights(fp8, 4, 300, 48);
                    experts(c, gate, up, down, c.size(9), 2, c.oneOf(128, 32, 7));
                });
    }

    private void experts(Cases c, Weight gate, Weight up, Weight down, int rows, int k, int group) {
        long hidden = gate.cols();
        float[] x = c.floats(rows * hidden);
        int[] ids = c.ids(rows, k, gate.count());
        float[] weights = c.floats((long) rows * k);
        float typical = norm(gate.matrix(0)) * norm(up.matrix(0)) * norm(down.matrix(0));
        agree(
                c,
                hidden,
                group == 0 ? 1e-5 : 2e-2,
                typical,
                gate + " " + down + " rows " + rows + " k " + k + " group " + group,
                b -> {
                    Buffer out = b.poisoned(rows * hidden);
                    long bytes =
                            b.backend.expertsScratch(rows, k, gate.count(), hidden, gate.rows());
                    b.stream.experts(
                            out,
                            b.floats(x),
                            b.ints(ids),
                            b.floats(weights),
                            b.hold(gate),
                            b.hold(up),
                            b.hold(down),
                            rows,
                            k,
                            group,
                            b.poisoned(bytes / Float.BYTES));
                    return b.read(out);
                });
    }

    @Test
    void activationsAreThoseOfTheirFormulas() {
        meets(
                new float[] {(float) (2 * silu(1.5)), (float) (3 * silu(-2))},
                1e-6,
                b -> {
                    Buffer gate = b.watched(new float[] {1.5f, -2});
                    b.stream.siluMultiply(gate, b.floats(2, 3), 2);
                    return b.read(gate);
                });
        meets(
                new float[] {(float) (1.5 / (1 + Math.exp(-1.702 * 1.5)))},
                1e-6,
                b -> {
                    Buffer x = b.watched(new float[] {1.5f});
                    b.stream.quickGelu(x, 1);
                    return b.read(x);
                });
    }

    @Test
    void activationsAgree() {
        cases(
                40,
                c -> {
                    int n = c.size(20000);
                    float[] x = c.floats(n);
                    for (int i = 0; i < n; i++) { // from the flat to the linear ends
                        x[i] *= 40;
                    }
                    float[] y = c.floats(n);
                    agree(
                            c,
                            1,
                            "silu " + n,
                            b -> {
                                Buffer gate = b.watched(x);
                                b.stream.siluMultiply(gate, b.floats(y), n);
                                return b.read(gate);
                            });
                    agree(
                            c,
                            1,
                            "gelu " + n,
                            b -> {
                                Buffer in = b.watched(x);
                                b.stream.quickGelu(in, n);
                                return b.read(in);
                            });
                    same(
                            c,
                            "add " + n,
                            b -> {
                                Buffer sum = b.watched(x);
                                b.stream.add(sum, b.floats(y), n);
                                return b.read(sum);
                            });
                });
    }

    @Test
    void aConvolutionReadsZerosOutsideAndColumnsAsChannelYX() {
        try (Cases c = new Cases(1)) {
            Weight w = matrix(c, 1, 8, 1, 0, 0, 1, 0, 2, 0, 0);
            // Each corner of the kernel meets one pixel: (y, x) of (1, 1), (1, 0), (0, 1), (0, 0).
            float[] expected = {1, 0, 60, 4};
            Convolution planes = Convolution.overPlanes(2, 2, 2, 2, 2, 1);
            float[] pixels = {1, 2, 3, 4, 10, 20, 30, 40};
            meets(expected, 0, b -> convolved(b, pixels, w, null, planes));
            Convolution tokens = Convolution.overTokens(2, 2, 2, 2, 2, 1);
            float[] grid = {1, 10, 2, 20, 3, 30, 4, 40};
            meets(expected, 0, b -> convolved(b, grid, w, null, tokens));
        }
    }

    private static float[] convolved(
            Bench b, float[] in, Weight w, Weight bias, Convolution shape) {
        Buffer out = b.poisoned((long) shape.outHeight() * shape.outWidth() * w.rows());
        Buffer scratch = b.poisoned(b.backend.convolveScratch(shape) / Float.BYTES);
        b.stream.convolve(out, b.floats(in), b.hold(w), b.hold(bias), shape, scratch);
        return b.read(out);
    }

    @Test
    void convolutionsAgree() {
        cases(
                60,
                c -> {
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
                    float[] in = c.floats((long) channels * height * width);
                    long n = (long) shape.outHeight() * shape.outWidth() * w.rows();
                    agree(c, n, shape + " " + w, b -> convolved(b, in, w, bias, shape));
                });
    }

    @Test
    void quantisationIsTheSameToTheBit() {
        cases(
                60,
                c -> {
                    int rows = c.size(9);
                    int cols = c.size(400);
                    int group = c.oneOf(128, 1, 3, 1000, c.size(64));
                    float[] x = c.floats((long) rows * cols);
                    x[c.random.nextInt(rows * cols)] =
                            c.oneOf(0f, 1e-20f, 3e38f, Float.NaN, Float.POSITIVE_INFINITY);
                    long groups = Math.ceilDiv(cols, group);
                    String what = rows + " x " + cols + " in groups of " + group;
                    same(
                            c,
                            what,
                            b -> {
                                Buffer scales = b.poisoned(rows * groups);
                                Buffer codes = b.bytes((long) rows * cols + 1).slice(1);
                                b.stream.quantize(codes, scales, b.floats(x), rows, cols, group);
                                byte[] bytes = b.readBytes(codes);
                                float[] own = b.read(scales);
                                float[] all = Arrays.copyOf(own, own.length + bytes.length);
                                for (int i = 0; i < bytes.length; i++) {
                                    all[own.length + i] = bytes[i];
                                }
                                return all;
                            });
                    same(
                            c,
                            what,
                            b -> {
                                Buffer in = b.watched(x);
                                b.stream.fakeQuantize(in, in, rows, cols, group);
                                return b.read(in);
                            });
                });
    }

    @Test
    void noRowsAreNoWork() {
        try (Cases c = new Cases(1);
                Bench b = new Bench(backend)) {
            Matrix w = b.hold(c.weight(WeightType.BF16, 3, 4));
            Buffer none = b.floats();
            Spans spans = new Spans();
            b.stream.embed(none, w, none, 0);
            b.stream.linear(none, none, w, null, 0);
            for (int i = 0; i < 2; i++) {
                b.stream.rotate(none, spans, 2, 4, b.floats(1, 2));
                b.stream.append(none, none, spans, 0);
                b.stream.attention(none, none, spans, 0, 2, 1);
                spans.add(b.cache(KvFormat.F32, 1, 9, 4), 5, 0);
            }
            b.stream.fullAttention(none, none, 0, 2, 4, 1);
            b.stream.route(none, none, none, 0, 4, 2, true);
            b.stream.add(none, none, 0);
        }
    }

    @Test
    void whatAnotherBackendMadeIsRefused() {
        try (Cases c = new Cases(1);
                Bench b = new Bench(backend)) {
            Buffer x = b.floats(1, 2, 3, 4);
            Buffer foreign =
                    new Buffer() {
                        @Override
                        public long bytes() {
                            return 16;
                        }

                        @Override
                        public Buffer slice(long from, long bytes) {
                            return this;
                        }
                    };
            assertThrows(IllegalArgumentException.class, () -> b.stream.add(x, foreign, 4));
            assertThrows(IllegalArgumentException.class, () -> b.stream.quickGelu(foreign, 4));
            assertThrows(IllegalArgumentException.class, () -> b.stream.copy(x, foreign));
        }
    }

    @Test
    void aClosedStreamIsRefused() {
        try (Arena arena = Arena.ofShared()) {
            Buffer x = backend.allocate(arena, 16);
            Stream stream = backend.newStream();
            stream.quickGelu(x, 4);
            stream.close();
            stream.close();
            assertThrows(IllegalStateException.class, () -> stream.quickGelu(x, 4));
        }
    }
}
