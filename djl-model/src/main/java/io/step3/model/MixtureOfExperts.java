package io.step3.model;

import io.step3.checkpoint.Tensors;
import io.step3.checkpoint.TextConfig;
import io.step3.ops.ExpertWeight;
import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import java.lang.foreign.MemorySegment;

/**
 * The sum of the {@code topK} experts that the router chose for a token, weighed by its
 * probabilities, and of the shared expert that every token passes.
 */
record MixtureOfExperts(
        int topK,
        boolean renormalise,
        Weight router,
        ExpertWeight gate,
        ExpertWeight up,
        ExpertWeight down,
        GatedFeedForward shared,
        Activations activations)
        implements FeedForward {

    static MixtureOfExperts bind(
            Tensors tensors, String prefix, TextConfig config, Activations activations) {
        int experts = config.moeNumExperts();
        int hidden = config.hiddenSize();
        int width = config.moeIntermediateSize();
        return new MixtureOfExperts(
                config.moeTopK(),
                config.normExpertWeight(),
                tensors.weight(prefix + "moe.gate.weight", experts, hidden),
                tensors.experts(prefix + "moe.gate_proj.weight", experts, width, hidden),
                tensors.experts(prefix + "moe.up_proj.weight", experts, width, hidden),
                tensors.experts(prefix + "moe.down_proj.weight", experts, hidden, width),
                GatedFeedForward.bind(
                        tensors,
                        prefix + "share_expert.",
                        hidden,
                        config.shareExpertDim(),
                        activations),
                activations);
    }

    @Override
    public void forward(Pass pass, MemorySegment x, MemorySegment out) {
        Kernels kernels = pass.kernels();
        Workspace work = pass.work();
        int tokens = pass.tokens();
        kernels.linear(work.routerProbabilities, x, router, null, tokens);
        kernels.route(
                work.routerIds,
                work.routerWeights,
                work.routerProbabilities,
                tokens,
                gate.experts(),
                topK,
                renormalise);
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
                topK,
                activations.group(),
                work.scratch);
        kernels.add(out, work.routed, tokens * gate.cols());
    }

    @Override
    public long scratch(Kernels kernels, int tokens) {
        return Math.max(
                shared.scratch(kernels, tokens),
                kernels.expertsScratch(tokens, topK, gate.experts(), gate.cols(), gate.rows()));
    }

    @Override
    public int width() {
        return shared.width();
    }
}
