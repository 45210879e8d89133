package io.step3.model;

/**
 * The second half of a decoder layer. It is computed in three steps, so that what computes
 * elsewhere can be given work before what it needs next is waited for.
 */
sealed interface FeedForward permits GatedFeedForward, MixtureOfExperts {

    /**
     * Computes the branch; a mixture leaves its choice in the workspace.
     *
     * @param x {@code [tokens, hidden]}, with the residual stream, as {@code out}
     * @param out {@code [tokens, hidden]}
     */
    default void forward(Pass pass, Rows x, Rows out) {
        choose(pass, x);
        bring(pass, x);
        finish(pass, x, out);
    }

    /** What is decided before anything is computed: which experts a token visits. */
    void choose(Pass pass, Rows x);

    /** Brings its input to where it is computed; waits for what makes it. */
    void bring(Pass pass, Rows x);

    /** Computes, and brings the output back to the residual stream. */
    void finish(Pass pass, Rows x, Rows out);

    /** Bytes of {@code work.scratch} that it needs at a place for so many tokens. */
    long scratch(Backends backends, Where where, int tokens);

    /** Numbers a token needs in {@code work.gate} and {@code work.up}. */
    int width();
}
