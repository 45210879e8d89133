package io.step3.model;

import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import java.lang.foreign.MemorySegment;

/**
 * The {@code topK} experts of highest probability, {@code softmax(weight x)}, which is also their
 * weight.
 *
 * @param renormalise whether the weights of the chosen are divided by their sum
 * @param weight {@code [experts, hidden]}
 */
record SoftmaxRouter(int topK, boolean renormalise, Weight weight) implements Router {

    @Override
    public int experts() {
        return Math.toIntExact(weight.rows());
    }

    @Override
    public void route(Pass pass, MemorySegment x) {
        Kernels kernels = pass.kernels();
        Workspace work = pass.work();
        kernels.linear(work.routerProbabilities, x, weight, null, pass.tokens());
        kernels.route(
                work.routerIds,
                work.routerWeights,
                work.routerProbabilities,
                pass.tokens(),
                experts(),
                topK,
                renormalise);
    }
}
