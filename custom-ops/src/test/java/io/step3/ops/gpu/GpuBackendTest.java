package io.step3.ops.gpu;

import io.step3.ops.Backend;
import io.step3.ops.BackendContract;

/** The backend of a device, on the emulated one. */
class GpuBackendTest extends BackendContract {

    @Override
    protected Backend open() {
        return EmulatedBackend.open();
    }
}
