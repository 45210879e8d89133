package io.step3.ops.gpu;

import io.step3.ops.Backend;
import io.step3.ops.CudaBackendFactory;
import io.step3.ops.cuda.CudaDevice;

/** Makes {@link GpuBackend}s for who cannot name them. */
public final class GpuBackendFactory implements CudaBackendFactory {

    /** A service. */
    public GpuBackendFactory() {}

    @Override
    public Backend on(CudaDevice device) {
        return new GpuBackend(device);
    }
}
