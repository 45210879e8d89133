package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The native library in every instruction set that this CPU has. */
class NativeBackendTest {
    @TempDir private static Path folder;

    private static Backend open(CpuTier tier) {
        Path file = NativeTiers.library(folder);
        try (NativeBackend best = NativeBackend.load(file)) {
            boolean has = best.supportedTiers().contains(tier);
            Assumptions.assumeTrue(has, "this CPU lacks " + tier.label());
        }
        return NativeBackend.load(file, tier, 3);
    }

    @Nested
    class Scalar extends BackendContract {
        @Override
        protected Backend open() {
            return NativeBackendTest.open(CpuTier.SCALAR);
        }
    }

    @Nested
    class Avx2 extends BackendContract {
        @Override
        protected Backend open() {
            return NativeBackendTest.open(CpuTier.AVX2);
        }
    }

    @Nested
    class Avx512 extends BackendContract {
        @Override
        protected Backend open() {
            return NativeBackendTest.open(CpuTier.AVX512);
        }
    }

    @Nested
    class Avx512Vbmi extends BackendContract {
        @Override
        protected Backend open() {
            return NativeBackendTest.open(CpuTier.AVX512_VBMI);
        }
    }

    /** All that a decoded token calls. */
    @Test
    void operationsAllocateNothingOnTheJavaHeap() {
        Path file = NativeTiers.library(folder);
        try (Cases c = new Cases(1);
                NativeBackend backend = NativeBackend.load(file);
                Bench b = new Bench(backend)) {
            Stream s = b.stream;
            Matrix table = b.hold(c.weight(WeightType.BF16, 50, 64));
            Matrix gain = b.hold(c.weight(WeightType.BF16, 1, 64));
            Matrix w = b.hold(c.weight(WeightType.F8_E4M3, 64, 64));
            Matrix experts = b.hold(c.weights(WeightType.BF16, 4, 64, 64));
            Buffer x = b.floats(c.floats(8 * 64));
            Buffer y = b.floats(c.floats(8 * 64));
            Buffer out = b.bytes(8 * 64 * 4);
            Buffer ids = b.ints(c.ids(8, 2, 4));
            Buffer weights = b.bytes(8 * 2 * 4);
            Buffer probabilities = b.floats(c.floats(8 * 4));
            Buffer frequencies = b.floats(c.floats(16));
            Buffer scratch = b.bytes(backend.expertsScratch(8, 2, 4, 64, 64));
            Spans spans = new Spans();
            KeyValues[] caches = new KeyValues[8];
            for (int i = 0; i < 8; i++) {
                caches[i] = b.cache(KvFormat.values()[i % 3], 2, 50, 32);
            }
            Runnable token =
                    () -> {
                        spans.clear();
                        for (int i = 0; i < 8; i++) {
                            spans.add(caches[i], 3 + i, 1);
                        }
                        s.embed(out, table, ids, 8);
                        s.rmsNorm(out, x, gain, 8, 1e-5f);
                        s.layerNorm(out, x, gain, gain, 8, 1e-5f);
                        s.linear(out, x, w, null, 8);
                        s.fakeQuantize(out, x, 8, 64, 32);
                        s.rotate(y, spans, 2, 32, frequencies);
                        s.append(x, y, spans, 1);
                        s.attention(out, y, spans, 1, 2, 0.1f);
                        s.route(ids, weights, probabilities, 8, 4, 2, true);
                        s.experts(
                                out, x, ids, weights, experts, experts, experts, 8, 2, 0, scratch);
                        s.siluMultiply(x, y, 512);
                        s.add(out, x, 512);
                        s.copy(out, x);
                    };
            for (int i = 0; i < 2000; i++) {
                token.run();
            }
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                token.run();
            }
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(bytes < 10_000, bytes + " bytes in 1000 rounds");
        }
    }

    @Test
    void aStreamIsForOneThreadAtATime() throws InterruptedException {
        try (Cases c = new Cases(1);
                NativeBackend backend = NativeBackend.load(NativeTiers.library(folder));
                Bench b = new Bench(backend)) {
            Matrix w = b.hold(c.weight(WeightType.F32, 800, 800));
            Buffer x = b.floats(c.floats(300 * 800));
            Buffer out = b.bytes(300 * 800 * 4);
            Thread worker =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (!Thread.interrupted()) {
                                            try {
                                                b.stream.linear(out, x, w, null, 300);
                                            } catch (IllegalStateException e) {
                                                continue; // the other one was there
                                            }
                                        }
                                    });
            boolean refused = false;
            for (int i = 0; i < 1_000_000 && !refused; i++) {
                try {
                    b.stream.add(x, x, 1);
                } catch (IllegalStateException e) {
                    refused = e.getMessage().contains("one thread");
                }
            }
            worker.interrupt();
            worker.join();
            assertTrue(refused);
        }
    }

    @Test
    void afterClosingTheLibraryIsUnloadedAndACallRefused(@TempDir Path other) throws IOException {
        Path file = NativeTiers.library(other);
        NativeBackend backend = NativeBackend.load(file);
        Stream stream = backend.newStream();
        Path mapped = Path.of("/proc/self/maps");
        if (Files.exists(mapped)) {
            assertTrue(Files.readString(mapped).contains(file.toString()));
        }
        backend.close();
        backend.close();
        if (Files.exists(mapped)) {
            assertFalse(Files.readString(mapped).contains(file.toString()));
        }
        try (Arena arena = Arena.ofConfined()) {
            Buffer x = backend.allocate(arena, 16);
            assertThrows(IllegalStateException.class, () -> stream.quickGelu(x, 4));
        }
    }

    @Test
    void structsAreAsLargeAsTheLibrarySays() {
        for (Struct struct : Struct.values()) {
            assertEquals(0, struct.bytes() % 8, struct.label());
        }
        NativeBackend.load(NativeTiers.library(folder)).close(); // which compares them
    }
}
