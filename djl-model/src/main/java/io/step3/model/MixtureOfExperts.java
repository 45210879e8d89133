package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.EXPERTS_DOWN;
import static io.step3.checkpoint.Step3Tensor.EXPERTS_GATE;
import static io.step3.checkpoint.Step3Tensor.EXPERTS_UP;
import static io.step3.checkpoint.Step3Tensor.ROUTER;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.ExpertWeight;
import io.step3.ops.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * The sum of the experts that the router chose for a token, weighed as it says, and of the shared
 * expert that every token passes.
 */
record MixtureOfExperts(
        Router router,
        ExpertWeight gate,
        ExpertWeight up,
        ExpertWeight down,
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
    public void forward(Pass pass, MemorySegment x, MemorySegment out) {
        Kernels kernels = pass.kernels();
        Workspace work = pass.work();
        int tokens = pass.tokens();
        router.route(pass, x);
        shared.forward(pass, x, out);
        kernels.experts(
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
        kernels.add(out, work.routed, tokens * gate.cols());
    }

    @Override
    public long scratch(Kernels kernels, int tokens) {
        return Math.max(
                shared.scratch(kernels, tokens),
                kernels.expertsScratch(
                        tokens, router.topK(), gate.experts(), gate.cols(), gate.rows()));
    }

    @Override
    public int width() {
        return shared.width();
    }
}
