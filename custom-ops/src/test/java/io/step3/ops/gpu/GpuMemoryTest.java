package io.step3.ops.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.ops.Buffer;
import io.step3.ops.Format;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.MappingGuard;
import io.step3.ops.Matrix;
import io.step3.ops.Spans;
import io.step3.ops.Stream;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaDriver;
import io.step3.ops.cuda.CudaException;
import io.step3.ops.cuda.EmulatedDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whose the memory of a device is, and what happens where there is too little, or no device left.
 */
class GpuMemoryTest {
    private static final int DIM = 32;
    private static final int LAYERS = 2;

    @TempDir Path folder;

    private EmulatedDevice device;

    @BeforeEach
    void anEmptyDevice() {
        device = EmulatedBackend.device();
    }

    @AfterEach
    void nothingIsLeft() {
        if (device != null) {
            for (String what :
                    new String[] {"allocations", "streams", "events", "modules", "contexts"}) {
                assertEquals(0, device.live(what), what);
            }
        }
    }

    @Test
    void weightsOfAFileAreFreedWithTheLastGuardOfItsMapping() throws IOException {
        Path file = Files.write(folder.resolve("weights"), new byte[4 * 300 * 500]);
        try (GpuBackend backend = EmulatedBackend.open();
                Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment mapping =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            MappingGuard first = backend.guard(mapping);
            MappingGuard second = backend.guard(mapping);
            backend.hold(weight(mapping));
            long before = taken(backend);
            backend.hold(weight(mapping));
            assertTrue(taken(backend) - before >= mapping.byteSize());
            second.close();
            second.close();
            assertTrue(taken(backend) > before, "the first guard holds them");
            first.close();
            assertTrue(taken(backend) < before);
        }
    }

    /** Bytes of the device's memory. */
    private static long taken(GpuBackend backend) {
        return backend.device().totalMemory() - backend.device().freeMemory();
    }

    private static Weight weight(MemorySegment data) {
        return new Weight(Format.of(WeightType.F32), data, 300, 500);
    }

    @Test
    void tooLittleMemoryForAWeightIsSaidAndLeavesNothing() {
        try (GpuBackend backend = EmulatedBackend.open();
                Arena arena = Arena.ofShared()) {
            MemorySegment data = arena.allocate(4 * 300 * 500);
            backend.hold(weight(data));
            long before = taken(backend);
            device.set("MEMORY", before + 100_000);
            var e = assertThrows(OutOfMemoryError.class, () -> backend.hold(weight(data)));
            assertTrue(e.getMessage().contains("614,400 bytes"), e.getMessage());
            device.set("MEMORY", 1L << 33);
            assertEquals(before, taken(backend));
        }
    }

    @Test
    void aCacheThatCannotGrowKeepsWhatItHas() {
        try (GpuBackend backend = EmulatedBackend.open();
                Arena arena = Arena.ofShared();
                Stream stream = backend.newStream();
                KeyValues cache = backend.newCache(KvFormat.F32, LAYERS, 1000, DIM)) {
            Buffer rows = backend.allocate(arena, 4L * 100 * DIM);
            float[] numbers = new float[100 * DIM];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = i;
            }
            stream.write(rows, MemorySegment.ofArray(numbers));
            append(stream, rows, cache, 0, 60);
            stream.await();
            device.set("MEMORY", taken(backend) + 1000);
            assertThrows(OutOfMemoryError.class, () -> append(stream, rows, cache, 60, 40));
            device.set("MEMORY", 1L << 33);
            append(stream, rows, cache, 60, 40);
            float[] kept = stream.viewKeys(cache, 1, 100).toArray(ValueLayout.JAVA_FLOAT);
            float[] expected = new float[100 * DIM];
            System.arraycopy(numbers, 0, expected, 0, 60 * DIM);
            System.arraycopy(numbers, 0, expected, 60 * DIM, 40 * DIM);
            assertArrayEquals(expected, kept);
        }
    }

    private static void append(Stream stream, Buffer rows, KeyValues cache, int position, int n) {
        Spans spans = new Spans();
        spans.add(cache, position, n);
        stream.append(rows, rows, spans, 1);
    }

    @Test
    void aCacheGivesBackWhatIsBehindItsTokens() {
        try (GpuBackend backend = EmulatedBackend.open();
                Arena arena = Arena.ofShared();
                Stream stream = backend.newStream();
                KeyValues cache = backend.newCache(KvFormat.BF16, LAYERS, 1000, DIM)) {
            Buffer rows = backend.allocate(arena, 4L * 200 * DIM);
            append(stream, rows, cache, 0, 200);
            stream.await();
            long all = taken(backend);
            cache.release(65);
            long piece = 64 * 2L * LAYERS * KvFormat.BF16.rowBytes(DIM);
            assertEquals(all - 2 * piece, taken(backend));
        }
    }

    /** For every allocation that an opening, a weight, a cache and an operation need. */
    @Test
    void whicheverAllocationFailsNothingLeaks() {
        int failed = 0;
        for (int n = 1; n < 100; n++) {
            device = EmulatedBackend.device();
            try (Arena arena = Arena.ofShared()) {
                device.set("FAIL_ALLOCATION", n);
                if (works(arena)) {
                    break;
                }
                failed++;
            }
            nothingIsLeft();
        }
        assertTrue(failed > 5, failed + " allocations");
    }

    private boolean works(Arena arena) {
        CudaDevice cuda = CudaDriver.open(EmulatedDevice.library()).device(0);
        GpuBackend backend;
        try {
            backend = new GpuBackend(cuda);
        } catch (CudaException | OutOfMemoryError e) {
            cuda.close();
            return false;
        }
        try (backend;
                Stream stream = backend.newStream();
                KeyValues cache = backend.newCache(KvFormat.F32, LAYERS, 100, DIM)) {
            Matrix w = backend.hold(weight(arena.allocate(4 * 300 * 500)));
            Buffer x = backend.allocate(arena, 4L * 500);
            Buffer out = backend.allocate(arena, 4L * 300);
            stream.linear(out, x, w, null, 1);
            append(stream, x, cache, 0, 10);
            stream.read(MemorySegment.ofArray(new float[300]), out);
            return true;
        } catch (CudaException | OutOfMemoryError e) {
            return false;
        }
    }

    @Test
    void aLostDeviceIsSaidAndEverythingCloses() {
        GpuBackend backend = EmulatedBackend.open();
        Arena arena = Arena.ofShared();
        Stream stream = backend.newStream();
        KeyValues cache = backend.newCache(KvFormat.F32, LAYERS, 100, DIM);
        Buffer x = backend.allocate(arena, 4L * 64 * DIM);
        append(stream, x, cache, 0, 64);
        stream.await();
        device.set("LOST_AFTER", 0);
        var e =
                assertThrows(
                        CudaException.class,
                        () -> {
                            append(stream, x, cache, 64, 1);
                            stream.await();
                        });
        assertTrue(e.isLost(), e.getMessage());
        assertThrows(CudaException.class, () -> stream.quickGelu(x, 4));
        assertThrows(CudaException.class, () -> backend.allocate(arena, 4));
        cache.close();
        stream.close();
        arena.close();
        backend.close();
        assertEquals(0, device.live("contexts"));
        device = null; // what lay on it went with it
    }
}
