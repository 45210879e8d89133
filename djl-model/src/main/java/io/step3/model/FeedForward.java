package io.step3.model;

import io.step3.ops.Backend;
import io.step3.ops.Buffer;

/** The second half of a decoder layer. */
sealed interface FeedForward permits GatedFeedForward, MixtureOfExperts {

    /**
     * Computes the branch; a mixture leaves its choice in the workspace.
     *
     * @param x {@code [tokens, hidden]}
     * @param out {@code [tokens, hidden]}
     */
    void forward(Pass pass, Buffer x, Buffer out);

    /** Bytes of {@code work.scratch} that {@link #forward} needs for so many tokens. */
    long scratch(Backend backend, int tokens);

    /** Numbers a token needs in {@code work.gate} and {@code work.up}. */
    int width();
}
