package io.step3.model;

import io.step3.ops.Kernels;
import java.lang.foreign.MemorySegment;

/** The second half of a decoder layer. */
sealed interface FeedForward permits GatedFeedForward, MixtureOfExperts {

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
