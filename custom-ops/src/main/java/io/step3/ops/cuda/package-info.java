/**
 * The CUDA driver, as far as Java needs it to compute on a device: memory, copies, kernels,
 * streams, events and graphs. Nothing here knows what is computed.
 *
 * <p>{@link io.step3.ops.cuda.CudaDriver} loads the driver's library, through the foreign function
 * interface and at run time, so that nothing of CUDA is needed to build or to start. A {@link
 * io.step3.ops.cuda.CudaDevice} holds the device's primary context and makes all else. What it
 * makes belongs to an {@link java.lang.foreign.Arena} and ends with it: there is no other way to
 * free it. A device ends last, whatever the order in which things are closed.
 *
 * <p>Each call makes the device's context current first, so threads may move. A call that the
 * driver refuses throws {@link io.step3.ops.cuda.CudaException}. Work is asynchronous: what fails
 * on the device is thrown by one of the next calls. A failed kernel ends the context; from then on
 * each call throws at once, and arenas still close.
 *
 * <p>A device address is a number: no method reads or writes what is there.
 */
@NullMarked
package io.step3.ops.cuda;

import org.jspecify.annotations.NullMarked;
