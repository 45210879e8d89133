package io.step3.djl.torch;

import io.step3.djl.torch.Fp8Weights.Checked;

/** {@code step3::fp8_moe}. */
record Fp8Moe() implements Operator {

    @Override
    public String name() {
        return "fp8_moe";
    }

    @Override
    public String schema() {
        return "fp8_moe(Tensor x, Tensor ids, Tensor weights, Tensor gate, Tensor gate_scales,"
                + " Tensor up, Tensor up_scales, Tensor down, Tensor down_scales) -> Tensor";
    }

    @Override
    public int tensors() {
        return 9;
    }

    @Override
    public void run(Frame frame, DeviceKernels kernels) {
        Tensor x = frame.tensor(0, "x");
        x.requireDimensions(1, Integer.MAX_VALUE, "[..., hidden]").requireFloat32();
        Tensor out = frame.result(x.sizes(), x);
        Checked gate = experts(frame, 3, "gate", x);
        Checked up = experts(frame, 5, "up", x);
        Checked down = experts(frame, 7, "down", x);
        if (x.size(-1) != gate.cols()) {
            throw x.bad(
                    "must have rows of %d, the inputs of gate, not %s", gate.cols(), x.describe());
        }
        up.codes().requireSizes(" like gate", gate.codes().sizes());
        down.codes()
                .requireSizes(
                        " to match gate turned round", gate.count(), gate.cols(), gate.rows());
        Tensor ids = frame.tensor(1, "ids");
        ids.requireType("int32 or int64", Tensor.INT32, Tensor.INT64);
        ids.requireDimensions(x.dimensions(), x.dimensions(), "[..., k] with the rows of x");
        long k = ids.size(-1);
        ids.requireDeviceOf(x).requireSizes(" with the rows of x", x.sizesWithLast(k));
        if (k < 1 || k > gate.count()) {
            throw ids.bad("must choose 1 to %d experts, not %s", gate.count(), ids.describe());
        }
        Tensor weights = frame.tensor(2, "weights").requireFloat32().requireDeviceOf(x);
        weights.requireSizes(" like ids", ids.sizes());
        if (out.count() > 0) {
            kernels.experts(
                    out,
                    frame.contiguous(x),
                    frame.contiguous(ids),
                    frame.contiguous(weights),
                    gate,
                    up,
                    down);
        }
    }

    private static Checked experts(Frame frame, int index, String name, Tensor x) {
        return Checked.experts(
                frame.tensor(index, name), frame.tensor(index + 1, name + "_scales"), x);
    }
}
