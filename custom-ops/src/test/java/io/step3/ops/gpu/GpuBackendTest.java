package io.step3.ops.gpu;

import io.step3.ops.Backend;
import io.step3.ops.BackendContract;
import io.step3.ops.cuda.CudaDriver;

/** The backend of a device, on the emulated one. */
class GpuBackendTest extends BackendContract {

    @Override
    protected Backend open() {
        return new GpuBackend(CudaDriver.open(System.getenv("STEP3_CUDA")).device(0));
    }
}
