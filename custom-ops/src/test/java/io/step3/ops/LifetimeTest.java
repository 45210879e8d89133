package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory that a native call works with cannot be freed under it. */
class LifetimeTest {
    private static final int SIZE = 300;

    @TempDir private Path folder;

    /** In {@code arena}: what may not be freed. */
    private static List<Consumer<Arena>> operations(Kernels kernels, Cases c) {
        MemorySegment x = c.floats(SIZE * SIZE);
        MemorySegment out = c.floats(SIZE * SIZE);
        MemorySegment scratch = c.floats(kernels.expertsScratch(SIZE, 1, 1, SIZE, SIZE) / 4);
        MemorySegment ids = c.ids(SIZE, 1, 1);
        return List.of(
                arena -> kernels.linear(out, x, weight(arena, SIZE), null, SIZE),
                arena -> kernels.linear(out, x, weight(c.arena, SIZE), weight(arena, 1), SIZE),
                arena -> kernels.rmsNorm(out, x, weight(arena, 1), SIZE, 0),
                arena -> kernels.layerNorm(out, x, weight(c.arena, 1), weight(arena, 1), SIZE, 0),
                arena -> kernels.embed(out, weight(arena, SIZE), ids, SIZE),
                arena ->
                        kernels.experts(
                                out,
                                x,
                                ids,
                                x,
                                experts(c.arena),
                                experts(c.arena),
                                experts(arena),
                                SIZE,
                                1,
                                0,
                                scratch),
                arena -> kernels.quickGelu(arena.allocate(4 * SIZE * SIZE), SIZE * SIZE));
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
            for (Consumer<Arena> operation : operations(kernels, c)) {
                assertTrue(isRefused(operation), "operation " + number++);
            }
        }
    }

    /** Closes at every moment of an operation that runs again and again. */
    private static boolean isRefused(Consumer<Arena> operation) throws InterruptedException {
        for (int attempt = 0; attempt < 1000; attempt++) {
            Arena arena = Arena.ofShared();
            var failure = new AtomicReference<Throwable>();
            Thread worker =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (failure.get() == null) {
                                            try {
                                                operation.accept(arena);
                                            } catch (IllegalStateException
                                                    | IllegalArgumentException e) {
                                                failure.set(e); // closed between two calls
                                            }
                                        }
                                    });
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
