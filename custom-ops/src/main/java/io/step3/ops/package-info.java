/**
 * The arithmetic of Step3: what owns memory and weights and computes with them.
 *
 * <p>{@link io.step3.ops.Backend} allocates {@link io.step3.ops.Buffer buffers} and {@link
 * io.step3.ops.KeyValues caches}, holds weights as {@link io.step3.ops.Matrix matrices}, and makes
 * {@link io.step3.ops.Stream streams}, whose methods are the operations the network is made of.
 * {@link io.step3.ops.NativeBackend} reaches the C ABI of {@code src/main/native} through the
 * foreign function interface and chooses an instruction set at run time; {@link
 * io.step3.ops.JavaBackend} computes the same in plain Java and is both the oracle of the tests and
 * the fallback where no native library loads. {@link io.step3.ops.BackendLoader} picks one and says
 * why it refused the others, and finds the {@link io.step3.ops.Device} beside the CPU, whose
 * backend is in a package of its own. Another module may bring a further one.
 *
 * <p>Activations are float32, row-major and contiguous. Weights stay in the {@link
 * io.step3.ops.Format} they are stored in, on the CPU also where they are stored (usually a mapped
 * checkpoint).
 */
@NullMarked
package io.step3.ops;

import org.jspecify.annotations.NullMarked;
