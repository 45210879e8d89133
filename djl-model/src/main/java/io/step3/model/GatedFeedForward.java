package io.step3.model;

import io.step3.checkpoint.Tensors;
import io.step3.ops.Kernels;
import java.lang.foreign.MemorySegment;

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
    public void forward(Pass pass, MemorySegment x, MemorySegment out) {
        Kernels kernels = pass.kernels();
        Workspace work = pass.work();
        int tokens = pass.tokens();
        gate.apply(kernels, work.gate, x, tokens, work.scratch);
        up.apply(kernels, work.up, x, tokens, work.scratch);
        kernels.siluMultiply(work.gate, work.up, (long) tokens * width());
        down.apply(kernels, out, work.gate, tokens, work.scratch);
    }

    @Override
    public long scratch(Kernels kernels, int tokens) {
        return Math.max(gate.scratch(tokens), down.scratch(tokens));
    }

    @Override
    public int width() {
        return Math.toIntExact(gate.weight().rows());
    }
}
