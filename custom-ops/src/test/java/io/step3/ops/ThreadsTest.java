package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results do not depend on who computes, or on how many do at once. */
class ThreadsTest {
    @TempDir private Path folder;
    private Path file;

    @BeforeEach
    void extract() {
        file = NativeTiers.library(folder);
    }

    /** Jobs of all kinds that are large enough to be shared; the results one after another. */
    private static List<float[]> compute(Backend backend) {
        List<float[]> results = new ArrayList<>();
        try (Cases c = new Cases(1);
                Bench b = new Bench(backend)) {
            Stream s = b.stream;
            Matrix w = b.hold(c.weight(WeightType.F8_E4M3, 300, 1500));
            for (int rows : new int[] {1, 3, 8, 50}) {
                Buffer out = b.poisoned(rows * w.rows());
                s.linear(out, b.floats(c.floats(rows * w.cols())), w, null, rows);
                results.add(b.read(out));
            }
            Spans spans = new Spans();
            long rows = 0;
            for (int own : new int[] {1, 40, 1, 2}) {
                KeyValues cache = b.cache(KvFormat.values()[own % 3], 1, 900, 64);
                Spans all = new Spans();
                all.add(cache, 0, 900);
                s.append(b.floats(c.floats(900 * 64)), b.floats(c.floats(900 * 64)), all, 0);
                spans.add(cache, 900 - own, own);
                rows += own;
            }
            Buffer gathered = b.poisoned(rows * 20 * 64);
            s.attention(gathered, b.floats(c.floats(rows * 20 * 64)), spans, 0, 20, 0.125f);
            results.add(b.read(gathered));
            Buffer all = b.poisoned(200 * 3 * 32);
            s.fullAttention(all, b.floats(c.floats(200 * 9 * 32)), 200, 3, 32, 0.2f);
            results.add(b.read(all));
            Matrix gate = b.hold(c.weights(WeightType.BF16, 6, 200, 300));
            Matrix down = b.hold(c.weights(WeightType.BF16, 6, 300, 200));
            for (int n : new int[] {1, 30}) {
                Buffer out = b.poisoned(n * 300L);
                Buffer scratch = b.bytes(backend.expertsScratch(n, 3, 6, 300, 200));
                Buffer x = b.floats(c.floats(n * 300L));
                Buffer ids = b.ints(c.ids(n, 3, 6));
                Buffer weights = b.floats(c.floats(n * 3L));
                s.experts(out, x, ids, weights, gate, gate, down, n, 3, 0, scratch);
                results.add(b.read(out));
            }
            Buffer x = b.floats(c.floats(100_000));
            s.quickGelu(x, 100_000);
            results.add(b.read(x));
        }
        return results;
    }

    private static void assertSameBits(List<float[]> a, List<float[]> b, String what) {
        for (int i = 0; i < a.size(); i++) {
            assertArrayEquals(a.get(i), b.get(i), what + ", result " + i);
        }
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        try (NativeBackend alone = NativeBackend.load(file, null, 1)) {
            List<float[]> expected = compute(alone);
            for (int threads : new int[] {2, 3, 8}) {
                try (NativeBackend backend = NativeBackend.load(file, null, threads)) {
                    assertEquals(threads, backend.threads());
                    assertSameBits(expected, compute(backend), threads + " threads");
                }
            }
        }
    }

    @Test
    void manyCallersAtOnceGetTheSameBitsAndNobodyWaitsForever() {
        assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> {
                    try (NativeBackend backend = NativeBackend.load(file, null, 3);
                            var callers = Executors.newFixedThreadPool(6)) {
                        List<float[]> expected = compute(backend);
                        List<Future<?>> done = new ArrayList<>();
                        for (int i = 0; i < 24; i++) {
                            done.add(
                                    callers.submit(
                                            () ->
                                                    assertSameBits(
                                                            expected,
                                                            compute(backend),
                                                            "a caller")));
                        }
                        for (Future<?> caller : done) {
                            caller.get();
                        }
                    }
                });
    }

    @Test
    void contextsComeAndGo() {
        for (int i = 0; i < 50; i++) {
            try (Cases c = new Cases(i);
                    NativeBackend backend = NativeBackend.load(file, null, 4);
                    Bench b = new Bench(backend)) {
                Matrix w = b.hold(c.weight(WeightType.BF16, 64, 64));
                b.stream.linear(b.poisoned(100 * 64), b.floats(c.floats(100 * 64)), w, null, 100);
            }
        }
    }

    @Test
    void anAbsurdNumberOfThreadsIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> NativeBackend.load(file, null, 1_000_000));
    }
}
