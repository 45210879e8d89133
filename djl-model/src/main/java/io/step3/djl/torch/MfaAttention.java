package io.step3.djl.torch;

/** {@code step3::mfa_attention}. */
record MfaAttention() implements Operator {

    @Override
    public String name() {
        return "mfa_attention";
    }

    @Override
    public String schema() {
        return "mfa_attention(Tensor q, Tensor keys, Tensor values, int position, float scale)"
                + " -> Tensor";
    }

    @Override
    public int tensors() {
        return 3;
    }

    @Override
    public void run(Frame frame, DeviceKernels kernels) {
        Tensor q = frame.tensor(0, "q");
        q.requireDimensions(3, 3, "[rows, heads, dim]").requireFloat32();
        Tensor out = frame.result(q.sizes(), q);
        Tensor keys = rows(frame.tensor(1, "keys"), q);
        Tensor values = rows(frame.tensor(2, "values"), q);
        values.requireSizes(" like keys", keys.sizes());
        long position = frame.integer(3);
        if (position < 0 || position > keys.size(0) - q.size(0)) {
            throw new IllegalArgumentException(
                    "position: %d rows of q at position %d need as many keys, but there are %d"
                            .formatted(q.size(0), position, keys.size(0)));
        }
        float scale = (float) frame.number(4);
        if (!Float.isFinite(scale)) {
            throw new IllegalArgumentException("scale: must be a finite number, not " + scale);
        }
        if (out.count() > 0) {
            kernels.attention(
                    out,
                    frame.contiguous(q),
                    frame.contiguous(keys),
                    frame.contiguous(values),
                    (int) position,
                    scale);
        }
    }

    private static Tensor rows(Tensor tensor, Tensor q) {
        tensor.requireDimensions(2, 2, "[n, dim]").requireFloat32().requireDeviceOf(q);
        tensor.requireSizes(" for the head size of q", tensor.size(0), q.size(2));
        if (tensor.size(0) > Integer.MAX_VALUE) {
            throw tensor.bad("must have at most %d rows", Integer.MAX_VALUE);
        }
        return tensor;
    }
}
