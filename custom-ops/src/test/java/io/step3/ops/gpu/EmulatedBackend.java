package io.step3.ops.gpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.step3.ops.cuda.CudaDriver;
import io.step3.ops.cuda.EmulatedDevice;

/** The backend of a device, on the emulated one. */
public final class EmulatedBackend {
    private EmulatedBackend() {}

    /** On a device as good as new; the test is skipped where this build lacks device or kernels. */
    public static GpuBackend open() {
        device();
        return new GpuBackend(CudaDriver.open(EmulatedDevice.library()).device(0));
    }

    /** The device, as good as new; the test is skipped where this build lacks it, or kernels. */
    public static EmulatedDevice device() {
        assumeKernels();
        return EmulatedDevice.fresh();
    }

    /** Skips the test where this build lacks kernels. */
    public static void assumeKernels() {
        assumeTrue(
                GpuBackend.class.getResource("kernels/kernels.properties") != null,
                "no CUDA kernels in this build");
    }
}
