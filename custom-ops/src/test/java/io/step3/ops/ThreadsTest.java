package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.foreign.MemorySegment;
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
    private static List<MemorySegment> compute(Kernels kernels, Cases c) {
        List<MemorySegment> results = new ArrayList<>();
        Weight w = c.weight(WeightType.F8_E4M3, 300, 1500);
        for (int rows : new int[] {1, 3, 50}) {
            MemorySegment out = c.poisoned(rows * w.rows());
            kernels.linear(out, c.floats(rows * w.cols()), w, null, rows);
            results.add(out);
        }
        MemorySegment keys = c.floats(900 * 64);
        MemorySegment values = c.floats(900 * 64);
        for (int rows : new int[] {1, 40}) {
            long n = rows * 20L * 64;
            MemorySegment out = c.poisoned(n);
            kernels.attention(out, c.floats(n), keys, values, rows, 900 - rows, 20, 64, 0.125f);
            results.add(out);
        }
        MemorySegment all = c.poisoned(200 * 3 * 32);
        kernels.fullAttention(all, c.floats(200 * 9 * 32), 200, 3, 32, 0.2f);
        results.add(all);
        ExpertWeight gate = c.experts(WeightType.BF16, 6, 200, 300);
        ExpertWeight down = c.experts(WeightType.BF16, 6, 300, 200);
        for (int rows : new int[] {1, 30}) {
            MemorySegment out = c.poisoned(rows * 300L);
            MemorySegment scratch = c.floats(kernels.expertsScratch(rows, 3, 6, 300, 200) / 4);
            kernels.experts(
                    out,
                    c.floats(rows * 300L),
                    c.ids(rows, 3, 6),
                    c.floats(rows * 3L),
                    gate,
                    gate,
                    down,
                    rows,
                    3,
                    0,
                    scratch);
            results.add(out);
        }
        MemorySegment x = c.floats(100_000);
        kernels.quickGelu(x, 100_000);
        results.add(x);
        return results;
    }

    private static void assertSameBits(List<MemorySegment> a, List<MemorySegment> b, String what) {
        for (int i = 0; i < a.size(); i++) {
            assertEquals(-1, a.get(i).mismatch(b.get(i)), what + ", result " + i);
        }
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        try (Cases c = new Cases(1);
                NativeKernels alone = NativeKernels.load(file, null, 1)) {
            List<MemorySegment> expected = compute(alone, c);
            for (int threads : new int[] {2, 3, 8}) {
                try (Cases again = new Cases(1);
                        NativeKernels kernels = NativeKernels.load(file, null, threads)) {
                    assertEquals(threads, kernels.threads());
                    assertSameBits(expected, compute(kernels, again), threads + " threads");
                }
            }
        }
    }

    @Test
    void manyCallersAtOnceGetTheSameBitsAndNobodyWaitsForever() {
        assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> {
                    try (Cases c = new Cases(1);
                            NativeKernels kernels = NativeKernels.load(file, null, 3);
                            var callers = Executors.newFixedThreadPool(6)) {
                        List<MemorySegment> expected = compute(kernels, c);
                        List<Future<?>> done = new ArrayList<>();
                        for (int i = 0; i < 24; i++) {
                            done.add(
                                    callers.submit(
                                            () -> {
                                                try (Cases own = new Cases(1)) {
                                                    assertSameBits(
                                                            expected,
                                                            compute(kernels, own),
                                                            "a caller");
                                                }
                                            }));
                        }
                        for (Future<?> caller : done) {
                            caller.get();
                        }
                    }
                });
    }

    /** A row must not notice its neighbours, whichever way of computing their number calls for. */
    @Test
    void aRowIsTheSameAloneAndAmongOthers() {
        try (Cases c = new Cases(5);
                NativeKernels kernels = NativeKernels.load(file)) {
            Weight w = c.weight(WeightType.F8_E4M3, 70, 1300);
            MemorySegment x = c.floats(40 * w.cols());
            MemorySegment together = c.poisoned(40 * w.rows());
            kernels.linear(together, x, w, null, 40);
            for (int row = 0; row < 40; row++) {
                MemorySegment alone = c.poisoned(w.rows());
                kernels.linear(alone, x.asSlice(4 * row * w.cols()), w, null, 1);
                MemorySegment same = together.asSlice(4 * row * w.rows(), 4 * w.rows());
                c.assertClose(same, alone, w.rows(), "row " + row);
            }
        }
    }

    @Test
    void contextsComeAndGo() {
        for (int i = 0; i < 50; i++) {
            try (Cases c = new Cases(i);
                    NativeKernels kernels = NativeKernels.load(file, null, 4)) {
                Weight w = c.weight(WeightType.BF16, 64, 64);
                kernels.linear(c.poisoned(100 * 64), c.floats(100 * 64), w, null, 100);
            }
        }
    }

    @Test
    void anAbsurdNumberOfThreadsIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> NativeKernels.load(file, null, 1_000_000));
    }
}
