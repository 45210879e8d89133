package io.step3.model;

import io.step3.checkpoint.Tensors;
import io.step3.ops.Kernels;

/** {@code down(silu(gate x) * up x)}: the dense layers, and the shared expert of the others. */
record GatedFeedForward(Linear gate, Linear up, Linear down) implements FeedForward {

    static GatedFeedForward bind(
            Tensors tensors, String prefix, int hidden, int width, Activations activations) {
        return new GatedFeedForward(
                new Linear(tensors.weight(prefix + "gate_proj.weight", width, hidden), activations),
                new Linear(tensors.weight(prefix + "up_proj.weight", width, hidden), activations),
                new Linear(
                        tensors.weight(prefix + "down_proj.weight", hidden, width), activations));
    }

    @Override
    public void forward(Kernels kernels, Workspace work, int rows) {
        gate.apply(kernels, work.gate, work.normed, rows, work.scratch);
        up.apply(kernels, work.up, work.normed, rows, work.scratch);
        kernels.siluMultiply(work.gate, work.up, (long) rows * width());
        down.apply(kernels, work.branch, work.gate, rows, work.scratch);
    }

    @Override
    public long scratch(Kernels kernels, int rows) {
        return Math.max(gate.scratch(rows), down.scratch(rows));
    }

    @Override
    public int width() {
        return Math.toIntExact(gate.weight().rows());
    }
}
