/**
 * Step3's operations on a CUDA device: {@link io.step3.ops.gpu.GpuBackend} and what it makes. The
 * kernels are in {@code src/main/cuda}; {@link io.step3.ops.cuda} reaches the driver. Weights are
 * copied to the device when they are held, keys and values live there in pieces of 64 tokens, and
 * operations run behind the caller's back until somebody reads.
 */
@NullMarked
package io.step3.ops.gpu;

import org.jspecify.annotations.NullMarked;
