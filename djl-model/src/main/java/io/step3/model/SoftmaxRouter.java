package io.step3.model;

import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;

/**
 * The {@code topK} experts of highest probability, {@code softmax(weight x)}, which is also their
 * weight.
 *
 * @param renormalise whether the weights of the chosen are divided by their sum
 * @param weight {@code [experts, hidden]}
 */
record SoftmaxRouter(int topK, boolean renormalise, Matrix weight) implements Router {

    @Override
    public int experts() {
        return Math.toIntExact(weight.rows());
    }

    @Override
    public void route(Pass pass, Buffer x) {
        Stream stream = pass.stream();
        Workspace work = pass.work();
        stream.linear(work.routerProbabilities, x, weight, null, pass.tokens());
        stream.route(
                work.routerIds,
                work.routerWeights,
                work.routerProbabilities,
                pass.tokens(),
                experts(),
                topK,
                renormalise);
    }
}
