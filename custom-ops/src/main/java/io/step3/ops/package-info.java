/**
 * The arithmetic of Step3: the operations the network is made of, and the implementations that
 * compute them.
 *
 * <p>{@link io.step3.ops.Kernels} is the contract. {@link io.step3.ops.NativeKernels} reaches the C
 * ABI of {@code src/main/native} through the foreign function interface and chooses an instruction
 * set at run time; {@link io.step3.ops.JavaKernels} computes the same in plain Java and is both the
 * oracle of the tests and the fallback where no native library loads. {@link
 * io.step3.ops.KernelLoader} picks one and says why it refused the others.
 *
 * <p>Activations are float32 in memory segments, row-major and contiguous. Weights stay in the type
 * they are stored in ({@link io.step3.ops.WeightType}) and where they are stored (usually a mapped
 * checkpoint); nothing here copies or owns them.
 */
package io.step3.ops;
