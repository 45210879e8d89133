package io.step3.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can go wrong with a driver and a device is said in a sentence, and costs nothing else. */
class CudaFailuresTest {
    @TempDir private Path folder;

    @Test
    void noDriverIsSaid() throws Exception {
        String missing = folder.resolve("libcuda.so.1").toString();
        UnsatisfiedLinkError e =
                assertThrows(UnsatisfiedLinkError.class, () -> CudaDriver.open(missing));
        assertEquals(missing + " cannot be loaded as a CUDA driver.", e.getMessage());
        Path text = Files.writeString(folder.resolve("libtext.so"), "no library");
        assertThrows(UnsatisfiedLinkError.class, () -> CudaDriver.open(text.toString()));
        e = assertThrows(UnsatisfiedLinkError.class, () -> CudaDriver.open("libno-such-cuda.so.1"));
        assertEquals("libno-such-cuda.so.1 cannot be loaded as a CUDA driver.", e.getMessage());
        assertThrows(UnsatisfiedLinkError.class, () -> CudaDriver.open("a\0b"));
    }

    @Test
    void aLibraryThatIsNoDriverIsSaid() {
        UnsatisfiedLinkError e =
                assertThrows(UnsatisfiedLinkError.class, () -> CudaDriver.open("libm.so.6"));
        assertEquals("The CUDA driver is too old: it lacks cuInit.", e.getMessage());
    }

    @Test
    void noDeviceIsSaid() {
        EmulatedDevice.fresh().set("NONE", 1);
        CudaException e =
                assertThrows(CudaException.class, () -> CudaDriver.open(EmulatedDevice.library()));
        assertEquals("CUDA_ERROR_NO_DEVICE", e.name());
        assertTrue(e.getMessage().startsWith("cuInit failed: "), e::getMessage);
    }

    @Test
    void onlyDevicesThatAreThereAreOpened() {
        EmulatedDevice.fresh();
        CudaDriver driver = CudaDriver.open(EmulatedDevice.library());
        assertEquals(1, driver.deviceCount());
        assertThrows(IndexOutOfBoundsException.class, () -> driver.device(1));
        assertThrows(IndexOutOfBoundsException.class, () -> driver.device(-1));
    }

    @Test
    void aDeviceThatAnotherProcessHasForItselfIsSaid() {
        EmulatedDevice emulated =
                EmulatedDevice.fresh().set("FAIL", "cuDevicePrimaryCtxRetain:1:46");
        CudaDriver driver = CudaDriver.open(EmulatedDevice.library());
        CudaException e = assertThrows(CudaException.class, () -> driver.device(0));
        assertEquals(46, e.code());
        assertEquals(0, emulated.live("contexts"));
        driver.device(0).close();
    }

    /** Whatever fails, what was made before goes, nothing is left, and the next try succeeds. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "cuCtxSetCurrent",
                "cuMemAlloc",
                "cuMemHostAlloc",
                "cuModuleLoadData",
                "cuModuleGetFunction",
                "cuStreamCreate",
                "cuEventCreate",
                "cuStreamBeginCapture",
                "cuGraphInstantiate",
                "cuLaunchKernel",
                "cuMemcpyHtoDAsync",
                "cuMemcpyDtoHAsync",
                "cuEventRecord",
                "cuStreamWaitEvent",
                "cuGraphLaunch",
                "cuStreamSynchronize"
            })
    void whateverFailsLeavesNothing(String function) {
        EmulatedDevice emulated = EmulatedDevice.fresh();
        for (int n = 1; n <= 3; n++) {
            try (CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0);
                    Arena arena = Arena.ofConfined()) {
                emulated.set("FAIL", "%s:%d:801".formatted(function, n));
                CudaException e = null;
                try {
                    for (int i = 0; i < 3; i++) {
                        everything(device, arena);
                    }
                } catch (CudaException thrown) {
                    e = thrown;
                }
                assertEquals("CUDA_ERROR_NOT_SUPPORTED", e.name());
                assertTrue(e.getMessage().startsWith(function), e::getMessage);
                assertFalse(device.isLost());
                everything(device, arena);
            }
            for (String what :
                    List.of("allocations", "streams", "events", "modules", "graphs", "contexts")) {
                assertEquals(0, emulated.live(what), what);
            }
        }
    }

    private static void everything(CudaDevice device, Arena arena) {
        Scale scale = new Scale(device, arena, 10);
        CudaEvent event = device.event(arena);
        CudaGraph graph = scale.stream.capture(arena, () -> scale.by(1));
        scale.upload();
        graph.launch(scale.stream);
        scale.by(2);
        scale.stream.record(event);
        scale.stream.await(event);
        scale.download();
        scale.stream.await();
        assertEquals(20, scale.get(9));
    }

    @Test
    void aKernelThatGoesAstrayEndsTheDeviceForGood() {
        EmulatedDevice emulated = EmulatedDevice.fresh();
        CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0);
        Arena arena = Arena.ofShared();
        Scale scale = new Scale(device, arena, 100);
        scale.upload();
        scale.by(2, scale.memory.address() + 200);
        CudaException first = assertThrows(CudaException.class, () -> scale.stream.await());
        assertTrue(first.isLost());
        assertTrue(device.isLost());
        long calls = emulated.calls("cuCtxSetCurrent");
        CudaException later = assertThrows(CudaException.class, () -> scale.by(2));
        assertTrue(later.isLost());
        assertEquals(first.code(), later.code());
        assertTrue(later.getMessage().startsWith("The device was lost before: "));
        assertThrows(CudaException.class, () -> device.allocate(arena, 8));
        assertThrows(CudaException.class, () -> device.await());
        assertThrows(CudaException.class, () -> device.freeMemory());
        assertEquals(calls, emulated.calls("cuCtxSetCurrent"));
        device.close();
        arena.close();
        assertEquals(0, emulated.live("contexts"));
    }

    @Test
    void aDeviceThatIsLostWhileAnArenaClosesIsToldByTheNextCall() {
        EmulatedDevice emulated = EmulatedDevice.fresh();
        try (CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            try (Arena arena = Arena.ofConfined()) {
                Scale scale = new Scale(device, arena, 100);
                scale.upload();
                emulated.set("LOST_AFTER", 0);
                try {
                    scale.by(2);
                } catch (CudaException e) {
                    assertTrue(e.isLost());
                }
            }
            assertTrue(device.isLost());
            try (Arena arena = Arena.ofConfined()) {
                assertThrows(CudaException.class, () -> device.allocate(arena, 1));
            }
        }
        assertEquals(0, emulated.live("contexts"));
    }
}
