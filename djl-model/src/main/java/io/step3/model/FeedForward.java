package io.step3.model;

import io.step3.checkpoint.Tensors;
import io.step3.checkpoint.TextConfig;
import io.step3.ops.Kernels;
import java.lang.foreign.MemorySegment;

/** The second half of a decoder layer. */
sealed interface FeedForward permits GatedFeedForward, MixtureOfExperts {

    static FeedForward bind(
            Tensors tensors, int layer, TextConfig config, Activations activations) {
        String prefix = "model.layers." + layer + ".";
        return config.isMoe(layer)
                ? MixtureOfExperts.bind(tensors, prefix, config, activations)
                : GatedFeedForward.bind(
                        tensors,
                        prefix + "mlp.",
                        config.hiddenSize(),
                        config.intermediateSize(),
                        activations);
    }

    /**
     * Computes the branch; a mixture leaves its choice in the workspace.
     *
     * @param x {@code [tokens, hidden]}
     * @param out {@code [tokens, hidden]}
     */
    void forward(Pass pass, MemorySegment x, MemorySegment out);

    /** Bytes of {@code work.scratch} that {@link #forward} needs for so many tokens. */
    long scratch(Kernels kernels, int tokens);

    /** Numbers a token needs in {@code work.gate} and {@code work.up}. */
    int width();
}
