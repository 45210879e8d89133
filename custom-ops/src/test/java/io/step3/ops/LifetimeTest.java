package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory that a native call works with cannot be freed under it. */
class LifetimeTest {
    private static final int SIZE = 300;

    @TempDir private Path folder;

    /** Each works with something that lies in an arena, and may not be freed. */
    private static List<Function<Arena, Runnable>> operations(Kernels kernels, Cases c) {
        MemorySegment x = c.floats(SIZE * SIZE);
        MemorySegment out = c.floats(SIZE * SIZE);
        MemorySegment scratch = c.floats(kernels.expertsScratch(SIZE, 1, 1, SIZE, SIZE) / 4);
        MemorySegment ids = c.ids(SIZE, 1, 1);
        Weight square = weight(c.arena, SIZE);
        Weight row = weight(c.arena, 1);
        ExpertWeight one = experts(c.arena);
        return List.of(
                arena -> {
                    Weight w = weight(arena, SIZE);
                    return () -> kernels.linear(out, x, w, null, SIZE);
                },
                arena -> {
                    Weight bias = weight(arena, 1);
                    return () -> kernels.linear(out, x, square, bias, SIZE);
                },
                arena -> {
                    Weight gain = weight(arena, 1);
                    return () -> kernels.rmsNorm(out, x, gain, SIZE, 0);
                },
                arena -> {
                    Weight bias = weight(arena, 1);
                    return () -> kernels.layerNorm(out, x, row, bias, SIZE, 0);
                },
                arena -> {
                    Weight table = weight(arena, SIZE);
                    return () -> kernels.embed(out, table, ids, SIZE);
                },
                arena -> {
                    ExpertWeight down = experts(arena);
                    return () ->
                            kernels.experts(out, x, ids, x, one, one, down, SIZE, 1, 0, scratch);
                },
                arena -> {
                    MemorySegment own = arena.allocate(4 * SIZE * SIZE);
                    return () -> kernels.quickGelu(own, SIZE * SIZE);
                });
    }

    private static Weight weight(Arena arena, long rows) {
        return Weight.plain(WeightType.F32, arena.allocate(4 * rows * SIZE), rows, SIZE);
    }

    private static ExpertWeight experts(Arena arena) {
        MemorySegment data = arena.allocate(4 * SIZE * SIZE);
        return new ExpertWeight(WeightType.F32, data, 1, SIZE, SIZE, MemorySegment.NULL, 0, 0);
    }

    @Test
    void anArenaIsNotClosedUnderARunningOperation() throws InterruptedException {
        try (Cases c = new Cases(1);
                NativeKernels kernels =
                        NativeKernels.load(NativeTiers.library(folder), CpuTier.SCALAR, 1)) {
            int number = 0;
            for (Function<Arena, Runnable> operation : operations(kernels, c)) {
                assertTrue(isRefused(operation), "operation " + number++);
            }
        }
    }

    /** Closes at every moment of an operation that runs again and again. */
    private static boolean isRefused(Function<Arena, Runnable> operation)
            throws InterruptedException {
        for (int attempt = 0; attempt < 1000; attempt++) {
            Arena arena = Arena.ofShared();
            Runnable run = operation.apply(arena);
            var begun = new CountDownLatch(1);
            var failure = new AtomicReference<Throwable>();
            Thread worker =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (failure.get() == null) {
                                            try {
                                                run.run();
                                                begun.countDown();
                                            } catch (IllegalStateException
                                                    | IllegalArgumentException e) {
                                                failure.set(e); // closed between two calls
                                            }
                                        }
                                    });
            begun.await();
            List<String> refusals = new ArrayList<>();
            while (arena.scope().isAlive()) {
                try {
                    arena.close();
                } catch (IllegalStateException e) {
                    refusals.add(e.getMessage());
                }
            }
            worker.join(20_000);
            if (worker.isAlive()) {
                fail("the worker did not notice the end");
            }
            if (refusals.stream().anyMatch(why -> why.contains("acquired"))) {
                return true;
            }
        }
        return false;
    }
}
