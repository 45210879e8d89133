package io.step3.djl.torch;

import io.step3.djl.torch.Fp8Weights.Checked;

/**
 * Computes operators on one kind of device. All tensors are there, have been checked, are
 * contiguous and hold at least one number; the result's numbers are not set yet.
 */
interface DeviceKernels {

    /**
     * Causal attention of all heads over one shared key and value head: see {@link
     * io.step3.ops.Stream#attention}.
     *
     * @param out {@code [rows, heads, dim]}
     * @param q {@code [rows, heads, dim]}
     * @param keys {@code [n, dim]}
     * @param values {@code [n, dim]}
     * @param position of the first row, at most {@code n - rows}
     */
    void attention(Tensor out, Tensor q, Tensor keys, Tensor values, int position, float scale);

    /**
     * {@code out = x w^T}.
     *
     * @param out {@code [..., w.rows]}
     * @param x {@code [..., w.cols]}
     */
    void linear(Tensor out, Tensor x, Checked w);

    /**
     * The chosen experts: see {@link io.step3.ops.Stream#experts}.
     *
     * @param out {@code [..., hidden]}
     * @param x {@code [..., hidden]}
     * @param ids int32 or int64 {@code [..., k]}, not yet known to be experts
     * @param weights {@code [..., k]}
     */
    void experts(
            Tensor out,
            Tensor x,
            Tensor ids,
            Tensor weights,
            Checked gate,
            Checked up,
            Checked down);
}
