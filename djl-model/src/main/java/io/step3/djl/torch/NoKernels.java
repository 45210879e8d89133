package io.step3.djl.torch;

import io.step3.djl.torch.Fp8Weights.Checked;

/** Stands where nothing computes on a kind of device, and says why. */
record NoKernels(String reason) implements DeviceKernels {

    private UnsupportedOperationException refusal() {
        return new UnsupportedOperationException(reason);
    }

    @Override
    public void attention(
            Tensor out, Tensor q, Tensor keys, Tensor values, int position, float scale) {
        throw refusal();
    }

    @Override
    public void linear(Tensor out, Tensor x, Checked w) {
        throw refusal();
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
        throw refusal();
    }
}
