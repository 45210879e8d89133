package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.DENSE_DOWN;
import static io.step3.checkpoint.Step3Tensor.DENSE_GATE;
import static io.step3.checkpoint.Step3Tensor.DENSE_UP;
import static io.step3.checkpoint.Step3Tensor.SHARED_DOWN;
import static io.step3.checkpoint.Step3Tensor.SHARED_GATE;
import static io.step3.checkpoint.Step3Tensor.SHARED_UP;

import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Stream;

/** {@code down(silu(gate x) * up x)}: the dense layers, and the shared expert of the others. */
record GatedFeedForward(Linear gate, Linear up, Linear down) implements FeedForward {

    static GatedFeedForward dense(Binder binder, int layer) {
        return new GatedFeedForward(
                binder.linear(DENSE_GATE, layer),
                binder.linear(DENSE_UP, layer),
                binder.linear(DENSE_DOWN, layer));
    }

    static GatedFeedForward shared(Binder binder, int layer) {
        return new GatedFeedForward(
                binder.linear(SHARED_GATE, layer),
                binder.linear(SHARED_UP, layer),
                binder.linear(SHARED_DOWN, layer));
    }

    @Override
    public void forward(Pass pass, Buffer x, Buffer out) {
        Stream stream = pass.stream();
        Workspace work = pass.work();
        int tokens = pass.tokens();
        gate.apply(stream, work.gate, x, tokens, work.scratch);
        up.apply(stream, work.up, x, tokens, work.scratch);
        stream.siluMultiply(work.gate, work.up, (long) tokens * width());
        down.apply(stream, out, work.gate, tokens, work.scratch);
    }

    @Override
    public long scratch(Backend backend, int tokens) {
        return Math.max(gate.scratch(tokens), down.scratch(tokens));
    }

    @Override
    public int width() {
        return Math.toIntExact(gate.weight().rows());
    }
}
