package io.step3.ops;

import io.step3.ops.cuda.CudaDevice;

/**
 * Makes the backend of a CUDA device. A service: what implements it builds on this package, which
 * therefore cannot name it.
 */
public interface CudaBackendFactory {

    /**
     * Loads kernels.
     *
     * @param device closed by the backend; still the caller's if this throws
     * @throws IllegalStateException in one sentence, if there are no kernels for this device
     * @throws io.step3.ops.cuda.CudaException if the driver refuses them
     */
    Backend on(CudaDevice device);
}
