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
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory that a native call works with cannot be freed under it. */
class LifetimeTest {
    private static final int SIZE = 300;

    @TempDir private Path folder;

    /** Each works with something that lies in an arena, and may not be freed. */
    private static List<Function<Arena, Runnable>> operations(Bench b, Cases c) {
        Stream s = b.stream;
        Buffer x = b.floats(c.floats(SIZE * SIZE));
        Buffer out = b.bytes(4L * SIZE * SIZE);
        Buffer scratch = b.bytes(b.backend.expertsScratch(SIZE, 1, 1, SIZE, SIZE));
        Buffer ids = b.ints(c.ids(SIZE, 1, 1));
        Matrix square = weight(b, c.arena, SIZE);
        Matrix row = weight(b, c.arena, 1);
        return List.of(
                arena -> {
                    Matrix w = weight(b, arena, SIZE);
                    return () -> s.linear(out, x, w, null, SIZE);
                },
                arena -> {
                    Matrix bias = weight(b, arena, 1);
                    return () -> s.linear(out, x, square, bias, SIZE);
                },
                arena -> {
                    Matrix gain = weight(b, arena, 1);
                    return () -> s.rmsNorm(out, x, gain, SIZE, 0);
                },
                arena -> {
                    Matrix bias = weight(b, arena, 1);
                    return () -> s.layerNorm(out, x, row, bias, SIZE, 0);
                },
                arena -> {
                    Matrix table = weight(b, arena, SIZE);
                    return () -> s.embed(out, table, ids, SIZE);
                },
                arena -> {
                    Matrix down = weight(b, arena, SIZE);
                    return () ->
                            s.experts(out, x, ids, x, square, square, down, SIZE, 1, 0, scratch);
                },
                arena -> {
                    Buffer own = b.backend.allocate(arena, 4L * SIZE * SIZE);
                    return () -> s.quickGelu(own, SIZE * SIZE);
                });
    }

    private static Matrix weight(Bench b, Arena arena, long rows) {
        MemorySegment data = arena.allocate(4 * rows * SIZE);
        return b.hold(new Weight(Format.of(WeightType.F32), data, rows, SIZE));
    }

    /** A cache is its own owner. */
    @Test
    void aCacheIsNotClosedUnderARunningOperation() throws InterruptedException {
        try (NativeBackend backend =
                        NativeBackend.load(NativeTiers.library(folder), CpuTier.SCALAR, 1);
                Bench b = new Bench(backend)) {
            Buffer q = b.bytes(4L * SIZE * SIZE);
            Buffer out = b.bytes(4L * SIZE * SIZE);
            assertTrue(
                    isRefused(
                            () -> backend.newCache(KvFormat.F32, 1, SIZE, SIZE),
                            cache -> {
                                Spans spans = new Spans();
                                spans.add(cache, 0, SIZE);
                                return () -> b.stream.attention(out, q, spans, 0, 1, 1);
                            },
                            "works with the cache"));
        }
    }

    @Test
    void anArenaIsNotClosedUnderARunningOperation() throws InterruptedException {
        try (Cases c = new Cases(1);
                NativeBackend backend =
                        NativeBackend.load(NativeTiers.library(folder), CpuTier.SCALAR, 1);
                Bench b = new Bench(backend)) {
            int number = 0;
            for (Function<Arena, Runnable> operation : operations(b, c)) {
                assertTrue(
                        isRefused(Arena::ofShared, operation, "acquired"), "operation " + number++);
            }
        }
    }

    /** Closes at every moment of an operation that runs again and again. */
    private static <T extends AutoCloseable> boolean isRefused(
            Supplier<T> memory, Function<T, Runnable> operation, String reason)
            throws InterruptedException {
        for (int attempt = 0; attempt < 1000; attempt++) {
            T owner = memory.get();
            Runnable run = operation.apply(owner);
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
            for (boolean closed = false; !closed; ) {
                try {
                    owner.close();
                    closed = true;
                } catch (Exception e) {
                    refusals.add(e.getMessage());
                }
            }
            worker.join(20_000);
            if (worker.isAlive()) {
                fail("the worker did not notice the end");
            }
            if (refusals.stream().anyMatch(why -> why.contains(reason))) {
                return true;
            }
        }
        return false;
    }
}
