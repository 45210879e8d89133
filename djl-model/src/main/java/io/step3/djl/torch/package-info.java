/**
 * Step3's operations as operators of PyTorch: any array of DJL's PyTorch engine, and any
 * TorchScript module, can call {@code step3::mfa_attention}, {@code step3::fp8_linear} and {@code
 * step3::fp8_moe} once {@link io.step3.djl.torch.Step3TorchOps#register} was called.
 *
 * <p>They are defined in the dispatcher of the libtorch that DJL has loaded, through its stable C
 * functions, and computed by {@code io.step3.ops} on the tensors' own memory. Nothing native is
 * built for it. DJL's PyTorch engine is an optional dependency of this module: this package alone
 * needs it.
 */
@NullMarked
package io.step3.djl.torch;

import org.jspecify.annotations.NullMarked;
