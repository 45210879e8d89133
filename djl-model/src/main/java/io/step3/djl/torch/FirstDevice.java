package io.step3.djl.torch;

import io.step3.djl.torch.Fp8Weights.Checked;
import io.step3.ops.BackendLoader;
import io.step3.ops.Device;
import io.step3.ops.gpu.GpuBackend;
import org.jspecify.annotations.Nullable;

/**
 * Computes on the first CUDA device of this process, which is looked for when the first tensor is
 * on one. Where there are no kernels for it each call says why.
 */
final class FirstDevice implements DeviceKernels {
    private @Nullable DeviceKernels kernels;
    private @Nullable String reason;

    private synchronized DeviceKernels kernels(Tensor out) {
        if (out.place().index() > 0) {
            throw new UnsupportedOperationException(
                    "Step3 computes on cuda:0 only, not on cuda:" + out.place().index() + ".");
        }
        if (kernels == null && reason == null) {
            Device device = BackendLoader.device();
            if (device.backend().orElse(null) instanceof GpuBackend backend) {
                kernels = new CudaKernels(backend);
            } else {
                reason =
                        "Step3 has no kernels for tensors on a CUDA device here: "
                                + device.reason().orElse("it is of an unknown kind.");
                device.close();
            }
        }
        if (kernels == null) {
            throw new UnsupportedOperationException(reason);
        }
        return kernels;
    }

    @Override
    public void attention(
            Tensor out, Tensor q, Tensor keys, Tensor values, int position, float scale) {
        kernels(out).attention(out, q, keys, values, position, scale);
    }

    @Override
    public void linear(Tensor out, Tensor x, Checked w) {
        kernels(out).linear(out, x, w);
    }

    @Override
    public void experts(
            Tensor out,
            Tensor x,
            Tensor ids,
            Tensor weights,
            Checked gate,
            Checked up,
            Checked down) {
        kernels(out).experts(out, x, ids, weights, gate, up, down);
    }
}
