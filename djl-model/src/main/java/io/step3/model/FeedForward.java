package io.step3.model;

import io.step3.checkpoint.Tensors;
import io.step3.checkpoint.TextConfig;
import io.step3.ops.Kernels;

/** The second half of a decoder layer: reads {@code work.normed}, writes {@code work.branch}. */
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

    /** Computes the branch; a mixture leaves its choice in the workspace. */
    void forward(Kernels kernels, Workspace work, int rows);

    /** Bytes of {@code work.scratch} that {@link #forward} needs. */
    long scratch(Kernels kernels, int rows);

    /** Numbers a token needs in {@code work.gate} and {@code work.up}. */
    int width();
}
