package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The emulated device works as late as it may, so that a host which does not wait is found out. */
class LateStreamsTest {
    private final EmulatedDevice emulated = EmulatedDevice.fresh();

    private void with(Consumer<Scale> work) {
        try (Arena arena = Arena.ofConfined();
                CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            work.accept(new Scale(device, arena, 100));
        }
    }

    @Test
    void nothingHappensBeforeSomebodyWaits() {
        with(
                s -> {
                    s.upload();
                    s.by(2);
                    s.download();
                    assertEquals(0, emulated.count("launches"));
                    assertEquals(1, s.get(0)); // what was staged is still there
                    s.stream.await();
                    assertEquals(1, emulated.count("launches"));
                    assertEquals(2, s.get(0));
                });
    }

    @Test
    void anEagerDeviceHidesWhatALateOneShows() {
        for (String when : new String[] {"late", "eager"}) {
            emulated.set("STREAMS", when);
            with(
                    s -> {
                        s.upload();
                        s.staged.segment().setAtIndex(JAVA_FLOAT, 0, 50); // too early
                        s.by(2);
                        s.download();
                        s.stream.await();
                        assertEquals(when.equals("late") ? 100 : 2, s.get(0));
                    });
        }
    }

    /** Whenever a stream works, who waits where he must gets the same. */
    @Test
    void atRandomTimesWhatIsRightStaysRight() {
        for (int seed = 0; seed < 20; seed++) {
            emulated.set("STREAMS", "random");
            with(
                    s -> {
                        s.upload();
                        s.by(3);
                        s.by(0.5f);
                        s.download();
                        s.stream.await();
                        for (int i = 0; i < 100; i++) {
                            assertEquals((i + 1) * 1.5f, s.get(i));
                        }
                    });
        }
    }

    @Test
    void aStreamThatDoesNotWaitForAnotherIsFoundOut() {
        with(
                s -> {
                    try (Arena arena = Arena.ofConfined();
                            CudaDevice device =
                                    CudaDriver.open(EmulatedDevice.library()).device(0)) {
                        CudaStream other = device.stream(arena);
                        PinnedMemory target = device.pinned(arena, 400);
                        s.upload();
                        other.download(target, 0, s.memory, 0, 400);
                        other.await();
                        assertNotEquals(1, target.segment().getAtIndex(JAVA_FLOAT, 0));
                        CudaEvent uploaded = device.event(arena);
                        s.stream.record(uploaded);
                        other.await(uploaded);
                        other.download(target, 0, s.memory, 0, 400);
                        other.await();
                        assertEquals(1, target.segment().getAtIndex(JAVA_FLOAT, 0));
                    }
                });
    }

    /** Every failure that can be asked for comes at its call, once, and as itself. */
    @Test
    void failuresComeWhenTheyAreAskedFor() {
        with(
                s -> {
                    emulated.set("FAIL", "cuMemcpyDtoHAsync:2:719");
                    s.upload();
                    s.download();
                    CudaException e = assertThrows(CudaException.class, s::download);
                    assertEquals("CUDA_ERROR_LAUNCH_FAILED", e.name());
                });
        emulated.reset();
        emulated.set("QUIET", 1).set("FAIL_ALLOCATION", 2);
        try (Arena arena = Arena.ofConfined();
                CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            device.allocate(arena, 100);
            CudaException e = assertThrows(CudaException.class, () -> device.allocate(arena, 100));
            assertTrue(e.isOutOfMemory());
            device.allocate(arena, 100);
        }
        emulated.reset();
        emulated.set("QUIET", 1).set("LOST_AFTER", 1);
        with(
                s -> {
                    s.upload();
                    s.by(2);
                    s.stream.await();
                    s.by(2);
                    CudaException e = assertThrows(CudaException.class, s.stream::await);
                    assertTrue(e.isLost());
                    assertEquals("the device is lost, as was asked for", emulated.error());
                });
    }

    @Test
    void theDeviceIsAsLargeAsItIsTold() {
        emulated.set("MEMORY", 1 << 20).set("DRIVER", 12040).set("SM", 89);
        CudaDriver driver = CudaDriver.open(EmulatedDevice.library());
        assertEquals(12040, driver.version());
        try (Arena arena = Arena.ofConfined();
                CudaDevice device = driver.device(0)) {
            assertEquals(89, device.architecture());
            assertEquals(1 << 20, device.totalMemory());
            device.allocate(arena, 1 << 19);
            assertEquals(1 << 19, device.freeMemory());
            assertThrows(CudaException.class, () -> device.allocate(arena, (1 << 19) + 1));
            device.allocate(arena, 1 << 19);
            assertEquals(0, device.freeMemory());
        }
        assertEquals(0, emulated.live("allocations"));
    }
}
