package io.step3.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Work is done in order, once somebody waits; streams wait for one another by events. */
class CudaStreamTest {
    private static final int COUNT = 1000;

    private EmulatedDevice emulated;
    private CudaDevice device;
    private Arena arena;
    private Scale scale;

    @BeforeEach
    void begin() {
        emulated = EmulatedDevice.fresh();
        device = CudaDriver.open(EmulatedDevice.library()).device(0);
        arena = Arena.ofConfined();
        scale = new Scale(device, arena, COUNT);
    }

    @AfterEach
    void end() {
        if (device != null) {
            device.close();
            arena.close();
            assertEquals(0, emulated.live("contexts"));
        }
    }

    @Test
    void copiesAndKernelsComeInOrder() {
        scale.upload();
        scale.by(2);
        scale.by(1.5f);
        scale.download();
        assertFalse(scale.stream.isDone());
        scale.stream.await();
        assertTrue(scale.stream.isDone());
        for (int i = 0; i < COUNT; i++) {
            assertEquals(3f * (i + 1), scale.get(i));
        }
    }

    @Test
    void partsAreCopiedAndFilledWhereTheyAre() {
        DeviceMemory other = device.allocate(arena, COUNT * 4L);
        scale.upload();
        scale.stream.copy(other, 40, scale.memory, 400, 80);
        scale.stream.fill(other, 120, 40, (byte) 0);
        scale.stream.download(scale.staged, 0, other, 40, 120);
        scale.stream.await();
        for (int i = 0; i < 30; i++) {
            assertEquals(i < 20 ? 101 + i : 0, scale.get(i), "number " + i);
        }
    }

    @Test
    void nothingBeyondTheEndIsTouched() {
        long end = COUNT * 4L;
        CudaStream s = scale.stream;
        DeviceMemory m = scale.memory;
        PinnedMemory p = scale.staged;
        assertThrows(IndexOutOfBoundsException.class, () -> s.upload(m, 1, p, 0, end));
        assertThrows(IndexOutOfBoundsException.class, () -> s.upload(m, 0, p, 1, end));
        assertThrows(IndexOutOfBoundsException.class, () -> s.download(p, 0, m, -1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> s.copy(m, end, m, 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> s.fill(m, 0, end + 1, (byte) 0));
        assertThrows(IndexOutOfBoundsException.class, () -> m.slice(8, end));
        s.fill(m, end, 0, (byte) 0);
        assertEquals("", emulated.error());
    }

    @Test
    void aStreamWaitsForAnotherByAnEvent() {
        CudaEvent filled = device.event(arena);
        CudaStream second = device.stream(arena);
        assertTrue(filled.isDone());
        scale.upload();
        scale.by(7);
        scale.stream.record(filled);
        assertFalse(filled.isDone());
        second.await(filled);
        second.download(scale.staged, 0, scale.memory, 0, COUNT * 4L);
        second.await();
        assertEquals(7 * COUNT, scale.get(COUNT - 1));
        assertTrue(filled.isDone());
    }

    @Test
    void timersTellHowLongItTook() {
        CudaEvent before = device.timer(arena);
        CudaEvent after = device.timer(arena);
        scale.upload();
        scale.stream.record(before);
        scale.by(2);
        scale.stream.record(after);
        after.await();
        assertTrue(after.millisecondsSince(before) >= 0);
        CudaEvent other = device.event(arena);
        scale.stream.record(other);
        scale.stream.await();
        assertThrows(CudaException.class, () -> other.millisecondsSince(before));
    }

    @Test
    void aGraphDoesAgainWhatWasRecorded() {
        CudaGraph graph =
                scale.stream.capture(
                        arena,
                        () -> {
                            scale.by(2);
                            scale.by(5);
                        });
        assertEquals(0, emulated.count("launches"));
        scale.upload();
        graph.launch(scale.stream);
        graph.launch(scale.stream);
        scale.download();
        scale.stream.await();
        assertEquals(4, emulated.count("launches"));
        assertEquals(100, scale.get(0));
    }

    @Test
    void aRecordingThatFailsIsOver() {
        ArithmeticException thrown = new ArithmeticException("on purpose");
        assertEquals(
                thrown,
                assertThrows(
                        ArithmeticException.class,
                        () ->
                                scale.stream.capture(
                                        arena,
                                        () -> {
                                            scale.by(2);
                                            throw thrown;
                                        })));
        assertThrows(
                CudaException.class, () -> scale.stream.capture(arena, () -> scale.stream.await()));
        assertEquals(0, emulated.live("graphs"));
        scale.upload();
        scale.by(2);
        scale.download();
        scale.stream.await();
        assertEquals(2, scale.get(0));
    }

    @Test
    void kernelsAreCheckedBeforeTheyRun() {
        CudaModule module = device.load(arena, arena.allocateFrom(Scale.PTX));
        IllegalStateException size =
                assertThrows(IllegalStateException.class, () -> module.kernel("scale", 64, 0, 24));
        assertEquals("the kernel scale takes 16 bytes of arguments, not 24", size.getMessage());
        CudaException none =
                assertThrows(CudaException.class, () -> module.kernel("scales", 64, 0, 16));
        assertTrue(none.getMessage().contains("the kernel scales"), none::getMessage);
        assertThrows(IllegalArgumentException.class, () -> module.kernel("scale", 0, 0, 16));
        assertThrows(IllegalArgumentException.class, () -> module.kernel("scale", 1025, 0, 16));
        int limit = device.sharedLimit();
        assertEquals(limit, module.kernel("scale", 64, limit, 16).sharedBytes());
        assertThrows(
                IllegalArgumentException.class, () -> module.kernel("scale", 64, limit + 1, 16));
        CudaKernel small = module.kernel("scale", 64, 1024, 16);
        assertThrows(
                IllegalArgumentException.class,
                () -> small.launch(scale.stream, 0, 1, 1, arena.allocate(16)));
        assertThrows(
                IllegalArgumentException.class,
                () -> small.launch(scale.stream, 1, 1, 1, 2048, arena.allocate(16)));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> small.launch(scale.stream, 1, 1, 1, arena.allocate(8)));
        assertEquals(0, emulated.count("launches"));
    }

    @Test
    void whatCannotBeLoadedIsExplained() {
        CudaException e =
                assertThrows(
                        CudaException.class,
                        () ->
                                device.load(
                                        arena,
                                        arena.allocateFrom(
                                                Scale.PTX.replace("mul.f32", "nul.f32"))));
        assertEquals("CUDA_ERROR_INVALID_PTX", e.name());
        assertTrue(e.getMessage().contains("nul"), e::getMessage);
    }

    /** What a decoded token does a thousand times. */
    @Test
    void workIsGivenWithoutAllocatingOnTheHeap() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        CudaEvent event = device.event(arena);
        CudaGraph graph = scale.stream.capture(arena, () -> scale.by(1));
        scale.upload();
        Runnable token =
                () -> {
                    scale.upload();
                    scale.by(2);
                    scale.stream.fill(scale.memory, 0, 4, (byte) 0);
                    scale.stream.copy(scale.memory, 0, scale.memory, 400, 4);
                    graph.launch(scale.stream);
                    scale.stream.record(event);
                    scale.stream.await(event);
                    scale.download();
                    event.await();
                    scale.stream.await();
                    scale.stream.isDone();
                };
        for (int i = 0; i < 200; i++) {
            token.run();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 200; i++) {
            token.run();
        }
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(bytes < 200 * 100, bytes + " bytes for 200 rounds");
    }
}
