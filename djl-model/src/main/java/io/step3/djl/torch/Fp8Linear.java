package io.step3.djl.torch;

import io.step3.djl.torch.Fp8Weights.Checked;

/** {@code step3::fp8_linear}. */
record Fp8Linear() implements Operator {

    @Override
    public String name() {
        return "fp8_linear";
    }

    @Override
    public String schema() {
        return "fp8_linear(Tensor x, Tensor codes, Tensor scales) -> Tensor";
    }

    @Override
    public int tensors() {
        return 3;
    }

    @Override
    public void run(Frame frame, DeviceKernels kernels) {
        Tensor x = frame.tensor(0, "x");
        x.requireDimensions(1, Integer.MAX_VALUE, "[..., inputs]").requireFloat32();
        Tensor codes = frame.tensor(1, "codes");
        codes.requireDimensions(2, 2, "[outputs, inputs]");
        Tensor out = frame.result(x.sizesWithLast(codes.size(0)), x);
        Checked w = Checked.matrix(codes, frame.tensor(2, "scales"), x);
        if (x.size(-1) != w.cols()) {
            throw x.bad(
                    "must have rows of %d, the inputs of codes, not %s", w.cols(), x.describe());
        }
        if (out.count() > 0) {
            kernels.linear(out, frame.contiguous(x), w);
        }
    }
}
