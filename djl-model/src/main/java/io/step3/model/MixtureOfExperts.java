package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.EXPERTS_DOWN;
import static io.step3.checkpoint.Step3Tensor.EXPERTS_GATE;
import static io.step3.checkpoint.Step3Tensor.EXPERTS_UP;
import static io.step3.checkpoint.Step3Tensor.ROUTER;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;

/**
 * The sum of the experts that the router chose for a token, weighed as it says, and of the shared
 * expert that every token passes.
 */
record MixtureOfExperts(
        Router router,
        Matrix gate,
        Matrix up,
        Matrix down,
        GatedFeedForward shared,
        Activations activations)
        implements FeedForward {

    static MixtureOfExperts bind(Binder binder, int layer) {
        TextConfig config = binder.config().text();
        return new MixtureOfExperts(
                new SoftmaxRouter(
                        config.moeTopK(), config.normExpertWeight(), binder.matrix(ROUTER, layer)),
                binder.experts(EXPERTS_GATE, layer),
                binder.experts(EXPERTS_UP, layer),
                binder.experts(EXPERTS_DOWN, layer),
                GatedFeedForward.shared(binder, layer),
                binder.activations());
    }

    @Override
    public void forward(Pass pass, Buffer x, Buffer out) {
        Stream stream = pass.stream();
        Workspace work = pass.work();
        int tokens = pass.tokens();
        router.route(pass, x);
        shared.forward(pass, x, out);
        stream.experts(
                work.routed,
                x,
                work.routerIds,
                work.routerWeights,
                gate,
                up,
                down,
                tokens,
                router.topK(),
                activations.group(),
                work.scratch);
        stream.add(out, work.routed, tokens * gate.cols());
    }

    @Override
    public long scratch(Backend backend, int tokens) {
        return Math.max(
                shared.scratch(backend, tokens),
                backend.expertsScratch(
                        tokens, router.topK(), gate.count(), gate.cols(), gate.rows()));
    }

    @Override
    public int width() {
        return shared.width();
    }
}
