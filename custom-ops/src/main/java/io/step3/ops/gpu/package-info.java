/**
 * A backend on a CUDA device: its kernels, and the memory, weights and streams that they work on.
 */
@NullMarked
package io.step3.ops.gpu;

import org.jspecify.annotations.NullMarked;
