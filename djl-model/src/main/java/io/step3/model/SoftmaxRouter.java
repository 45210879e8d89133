package io.step3.model;

import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;

/**
 * The {@code topK} experts of highest probability, {@code softmax(weight x)}, which is also their
 * weight.
 *
 * @param where its weight lies, with the residual stream
 * @param renormalise whether the weights of the chosen are divided by their sum
 * @param weight {@code [experts, hidden]}
 */
record SoftmaxRouter(Where where, int topK, boolean renormalise, Matrix weight) implements Router {

    @Override
    public int experts() {
        return Math.toIntExact(weight.rows());
    }

    @Override
    public void route(Pass pass, Rows x) {
        Stream stream = pass.stream(where);
        Workspace work = pass.work();
        Buffer probabilities = work.routerProbabilities.at(where);
        stream.linear(probabilities, x.at(where), weight, null, pass.tokens());
        stream.route(
                work.routerIds.at(where),
                work.routerWeights.at(where),
                probabilities,
                pass.tokens(),
                experts(),
                topK,
                renormalise);
    }
}
