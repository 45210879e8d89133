package io.step3.ops.gpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.step3.ops.Backend;
import io.step3.ops.BackendContract;
import io.step3.ops.cuda.CudaDriver;

/** The backend of a device, on the emulated one. */
class GpuBackendTest extends BackendContract {

    @Override
    protected Backend open() {
        String driver = System.getenv("STEP3_CUDA");
        assumeTrue(driver != null, "STEP3_CUDA names no driver to test a device with");
        return new GpuBackend(CudaDriver.open(driver).device(0));
    }
}
