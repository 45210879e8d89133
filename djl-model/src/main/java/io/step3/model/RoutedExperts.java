package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.EXPERTS_DOWN;
import static io.step3.checkpoint.Step3Tensor.EXPERTS_GATE;
import static io.step3.checkpoint.Step3Tensor.EXPERTS_UP;

import io.step3.ops.Matrix;

/**
 * The experts of a layer, of which every token visits some: {@code gate}, {@code up} and {@code
 * down} of all, stacked.
 *
 * @param where they lie
 */
record RoutedExperts(Where where, Matrix gate, Matrix up, Matrix down, Activations activations) {

    static RoutedExperts bind(Binder binder, int layer) {
        return new RoutedExperts(
                binder.placement().routed().get(layer),
                binder.experts(EXPERTS_GATE, layer),
                binder.experts(EXPERTS_UP, layer),
                binder.experts(EXPERTS_DOWN, layer),
                binder.activations());
    }

    /** Leaves the sum of the chosen, weighed as the router says, in {@code work.routed}. */
    void compute(Pass pass, Rows x, int topK) {
        Workspace work = pass.work();
        pass.stream(where)
                .experts(
                        work.routed.at(where),
                        x.at(where),
                        work.routerIds.at(where),
                        work.routerWeights.at(where),
                        gate,
                        up,
                        down,
                        pass.tokens(),
                        topK,
                        activations.group(),
                        work.scratch(where));
    }

    long scratch(Backends backends, Where at, int tokens, int topK) {
        return at == where
                ? backends.at(where)
                        .expertsScratch(tokens, topK, gate.count(), gate.cols(), gate.rows())
                : 0;
    }
}
