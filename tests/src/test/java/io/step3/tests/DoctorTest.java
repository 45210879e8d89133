package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.cli.Main;
import io.step3.ops.cuda.EmulatedDevice;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The doctor names the device, and why nothing computes on it. */
@Tag("device")
class DoctorTest {
    private EmulatedDevice emulated;

    @BeforeEach
    void begin() {
        emulated = DeviceTests.fresh();
    }

    private static String doctor() {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        assertEquals(0, Main.run(InputStream.nullInputStream(), out, err, false, "doctor"));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    private void assertSays(String sentence) {
        String said = doctor();
        assertTrue(said.contains(sentence), said);
        assertEquals(0, emulated.live("contexts"));
        assertEquals(0, emulated.live("bytes"));
    }

    @Test
    void namesTheDeviceItsMemoryItsDriverAndItsKernels() {
        emulated.set("SM", 89).set("MEMORY", 12L << 30);
        assertSays(
                "emulated sm_89, sm_89, 12.0 GiB, of which 12.0 GiB are free;"
                        + " its driver can do CUDA 13.0\n");
        assertSays("kernels: cuda emulated sm_89");
        assertFalse(doctor().contains("not cuda"));
    }

    @Test
    void saysThatThereIsNoDevice() {
        emulated.set("NONE", 1);
        assertSays("Device          none\n");
        assertSays("not cuda: cuInit failed: no CUDA-capable device is detected");
    }

    @Test
    void saysThatTheArchitectureIsTooOld() {
        emulated.set("SM", 75);
        assertSays(
                "not cuda: This build has no kernels for sm_75: a device of sm_80 or newer is"
                        + " needed.");
    }

    @Test
    void saysThatTheDriverIsTooOld() {
        emulated.set("DRIVER", 11040);
        assertSays("not cuda: The CUDA driver is too old: it can do CUDA 11.4, and the kernels");
    }

    @Test
    void saysThatAnotherProcessHasTheDevice() {
        emulated.set("FAIL", "cuDevicePrimaryCtxRetain:1:46");
        assertSays("not cuda: cuDevicePrimaryCtxRetain failed, on emulated sm_90: ");
    }

    @Test
    void saysThatTheDeviceIsFull() {
        emulated.set("FAIL_ALLOCATION", 1);
        String said = doctor();
        assertEquals(0, emulated.live("contexts"), said);
        assertTrue(said.contains("Device          emulated sm_90"), said);
    }
}
