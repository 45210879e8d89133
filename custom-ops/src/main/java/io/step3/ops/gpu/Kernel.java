package io.step3.ops.gpu;

import io.step3.ops.cuda.CudaKernel;

/**
 * A kernel and the size of its one argument, a struct.
 *
 * @param argumentBytes as the kernel's source lays it out
 */
record Kernel(CudaKernel cuda, int argumentBytes) {

    /**
     * @param sharedBytes the most dynamic shared memory that a launch may ask for
     */
    static Kernel of(Kernels kernels, String name, int threads, int sharedBytes, int arguments) {
        return new Kernel(kernels.kernel(name, threads, sharedBytes, arguments), arguments);
    }

    int threads() {
        return cuda.threads();
    }
}
