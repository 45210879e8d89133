package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.ROUTER;

import io.step3.checkpoint.TextConfig;

/**
 * The sum of the experts that the router chose for a token, weighed as it says, and of the shared
 * expert that every token passes.
 */
record MixtureOfExperts(Router router, RoutedExperts experts, GatedFeedForward shared)
        implements FeedForward {

    static MixtureOfExperts bind(Binder binder, int layer) {
        TextConfig config = binder.config().text();
        return new MixtureOfExperts(
                new SoftmaxRouter(
                        binder.placement().attention(),
                        config.moeTopK(),
                        config.normExpertWeight(),
                        binder.matrix(ROUTER, layer)),
                RoutedExperts.bind(binder, layer),
                GatedFeedForward.shared(binder, layer));
    }

    @Override
    public void choose(Pass pass, Rows x) {
        router.route(pass, x);
    }

    @Override
    public void bring(Pass pass, Rows x) {
        Workspace work = pass.work();
        pass.carry(work.routerIds, pass.home(), experts.where());
        pass.carry(work.routerWeights, pass.home(), experts.where());
        pass.carry(x, pass.home(), experts.where());
        if (shared.where() != experts.where()) {
            shared.bring(pass, x);
        }
    }

    /** What the device does is asked for first: it computes while the processor does. */
    @Override
    public void finish(Pass pass, Rows x, Rows out) {
        Rows routed = pass.work().routed;
        if (experts.where() == Where.GPU) {
            experts.compute(pass, x, router.topK());
            shared.compute(pass, x, out);
        } else {
            shared.compute(pass, x, out);
            experts.compute(pass, x, router.topK());
        }
        pass.carry(out, shared.where(), pass.home());
        pass.carry(routed, experts.where(), pass.home());
        long numbers = pass.tokens() * experts.gate().cols();
        pass.stream(pass.home()).add(out.at(pass.home()), routed.at(pass.home()), numbers);
    }

    @Override
    public long scratch(Backends backends, Where where, int tokens) {
        return Math.max(
                shared.scratch(backends, where, tokens),
                experts.scratch(backends, where, tokens, router.topK()));
    }

    @Override
    public int width() {
        return shared.width();
    }
}
