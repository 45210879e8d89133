package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.DENSE_DOWN;
import static io.step3.checkpoint.Step3Tensor.DENSE_GATE;
import static io.step3.checkpoint.Step3Tensor.DENSE_UP;
import static io.step3.checkpoint.Step3Tensor.SHARED_DOWN;
import static io.step3.checkpoint.Step3Tensor.SHARED_GATE;
import static io.step3.checkpoint.Step3Tensor.SHARED_UP;

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

    /** Where its weights lie. */
    Where where() {
        return gate.where();
    }

    @Override
    public void choose(Pass pass, Rows x) {
        // Every token passes it.
    }

    @Override
    public void bring(Pass pass, Rows x) {
        pass.carry(x, pass.home(), where());
    }

    @Override
    public void finish(Pass pass, Rows x, Rows out) {
        compute(pass, x, out);
        pass.carry(out, where(), pass.home());
    }

    /** Both of its sides lie where it does. */
    void compute(Pass pass, Rows x, Rows out) {
        Workspace work = pass.work();
        gate.apply(pass, work.gate, x);
        up.apply(pass, work.up, x);
        pass.stream(where())
                .siluMultiply(
                        work.gate.at(where()), work.up.at(where()), (long) pass.tokens() * width());
        down.apply(pass, out, work.gate);
    }

    @Override
    public long scratch(Backends backends, Where at, int tokens) {
        return Math.max(gate.scratch(at, tokens), down.scratch(at, tokens));
    }

    @Override
    public int width() {
        return Math.toIntExact(gate.weight().rows());
    }
}
