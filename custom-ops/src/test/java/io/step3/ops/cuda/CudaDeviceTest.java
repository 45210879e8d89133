package io.step3.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a device makes has one owner each, and all of it is gone when they are. */
class CudaDeviceTest {
    private EmulatedDevice emulated;

    @BeforeEach
    void begin() {
        emulated = EmulatedDevice.fresh();
    }

    private static CudaDevice open() {
        return CudaDriver.open(EmulatedDevice.library()).device(0);
    }

    private void assertNothingIsLeft() {
        for (String what :
                List.of("allocations", "streams", "events", "modules", "graphs", "contexts")) {
            assertEquals(0, emulated.live(what), what);
        }
    }

    @Test
    void saysWhatItIs() {
        emulated.set("SM", 89).set("MULTIPROCESSORS", 76).set("MEMORY", 1L << 30);
        try (CudaDevice device = open();
                Arena arena = Arena.ofConfined()) {
            assertEquals(89, device.architecture());
            assertEquals(76, device.multiprocessors());
            assertEquals(99 * 1024, device.sharedLimit());
            assertEquals(1L << 30, device.totalMemory());
            assertEquals(13000, device.driverVersion());
            assertEquals(1L << 30, device.freeMemory());
            device.allocate(arena, 1 << 20);
            assertEquals((1L << 30) - (1 << 20), device.freeMemory());
        }
    }

    @Test
    void everythingGoesWithItsArenaAlsoIfTheDeviceIsClosedBefore() {
        Arena arena = Arena.ofShared();
        CudaDevice device = open();
        Scale scale = new Scale(device, arena, 100);
        CudaEvent event = device.event(arena);
        CudaGraph graph = scale.stream.capture(arena, () -> scale.by(2));
        device.close();
        scale.upload();
        graph.launch(scale.stream);
        scale.stream.record(event);
        scale.download();
        event.await();
        scale.stream.await();
        assertEquals(200, scale.get(99));
        assertThrows(IllegalStateException.class, () -> device.allocate(arena, 1));
        assertEquals(1, emulated.live("contexts"));
        arena.close();
        assertNothingIsLeft();
        device.close();
        assertThrows(IllegalStateException.class, () -> scale.memory.address());
        assertThrows(IllegalStateException.class, () -> scale.stream.await());
        assertThrows(IllegalStateException.class, () -> graph.launch(scale.stream));
        assertThrows(IllegalStateException.class, () -> event.isDone());
    }

    @Test
    void freesOnlyAfterTheWorkThatWasGivenBefore() {
        try (CudaDevice device = open();
                Arena streams = Arena.ofConfined()) {
            Scale scale;
            try (Arena arena = Arena.ofConfined()) {
                scale = new Scale(device, arena, 1000);
                scale.upload();
                scale.by(3);
                scale.download();
            }
            device.stream(streams).await();
            assertEquals(1, emulated.count("launches"));
            assertEquals("", emulated.error());
            assertFalse(device.isLost());
        }
        assertNothingIsLeft();
    }

    @Test
    void tooLittleMemoryIsNamedAndNothingIsTaken() {
        emulated.set("MEMORY", 1 << 20);
        try (CudaDevice device = open();
                Arena arena = Arena.ofConfined()) {
            CudaException e =
                    assertThrows(CudaException.class, () -> device.allocate(arena, 2 << 20));
            assertTrue(e.isOutOfMemory());
            assertFalse(e.isLost());
            assertEquals("CUDA_ERROR_OUT_OF_MEMORY", e.name());
            assertTrue(
                    e.getMessage().contains("allocating 2097152 bytes on emulated"), e::getMessage);
            assertEquals(0, emulated.live("allocations"));
            device.allocate(arena, 1 << 19);
            assertThrows(IllegalArgumentException.class, () -> device.allocate(arena, 0));
            assertThrows(IllegalArgumentException.class, () -> device.pinned(arena, -1));
        }
        assertNothingIsLeft();
    }

    @Test
    void anOwnerThatCannotTakeItLeavesNothingBehind() {
        try (CudaDevice device = open()) {
            Arena closed = Arena.ofConfined();
            closed.close();
            assertThrows(IllegalStateException.class, () -> device.allocate(closed, 8));
            assertEquals(0, emulated.live("allocations"));
            try (Arena mine = Arena.ofConfined();
                    var others = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> theirs = others.submit(() -> device.allocate(mine, 8));
                ExecutionException e = assertThrows(ExecutionException.class, theirs::get);
                assertEquals(WrongThreadException.class, e.getCause().getClass());
                assertEquals(0, emulated.live("allocations"));
            }
        }
        assertNothingIsLeft();
    }

    @Test
    void threadsMoveAndRecordAtTheSameTime() throws Exception {
        try (CudaDevice device = open();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Float>> sessions = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                sessions.add(
                        () -> {
                            float last = 0;
                            for (int round = 0; round < 5; round++) {
                                try (Arena arena = Arena.ofShared()) {
                                    Scale scale = new Scale(device, arena, 64);
                                    scale.upload();
                                    Thread.yield();
                                    CudaGraph twice =
                                            scale.stream.capture(arena, () -> scale.by(2));
                                    twice.launch(scale.stream);
                                    Thread.yield();
                                    twice.launch(scale.stream);
                                    scale.download();
                                    scale.stream.await();
                                    last = scale.get(63);
                                }
                            }
                            return last;
                        });
            }
            for (Future<Float> session : threads.invokeAll(sessions)) {
                assertEquals(256, session.get());
            }
            assertEquals("", emulated.error());
        }
        assertNothingIsLeft();
    }

    @Test
    void aThousandSessionsLeaveItsMemoryAsItWas() {
        try (CudaDevice device = open();
                Arena arena = Arena.ofConfined()) {
            CudaModule module = device.load(arena, arena.allocateFrom(Scale.PTX));
            long before = device.freeMemory();
            for (int i = 0; i < 1000; i++) {
                try (Arena session = Arena.ofConfined()) {
                    CudaStream stream = device.stream(session);
                    DeviceMemory memory = device.allocate(session, 1000);
                    stream.fill(memory, 0, 1000, (byte) i);
                    stream.record(device.event(session));
                    module.kernel("scale", 64, 0, 16);
                }
            }
            assertEquals(before, device.freeMemory());
            assertEquals(0, emulated.live("streams"));
            assertEquals(0, emulated.live("events"));
        }
        assertNothingIsLeft();
    }
}
