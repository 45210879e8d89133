package io.step3.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.step3.ops.cuda.EmulatedDevice;
import io.step3.ops.gpu.EmulatedBackend;

/** What runs in the process whose driver is the emulated device. */
final class DeviceTests {
    private DeviceTests() {}

    /**
     * As good as new; the test is skipped elsewhere, and where a build has no device or kernels.
     */
    static EmulatedDevice fresh() {
        assumeTrue(
                EmulatedDevice.library().equals(System.getenv("STEP3_CUDA")),
                "STEP3_CUDA does not name the emulated device");
        return EmulatedBackend.device();
    }
}
