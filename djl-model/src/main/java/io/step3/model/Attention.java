package io.step3.model;

/** The first half of a decoder layer: what a token takes from those before it. */
interface Attention {

    /** Heads of the query, which all share one head of keys and values. */
    int heads();

    /** Numbers of a query, a key and a value. */
    int headDim();

    /** Where keys and values lie, and the rotated queries. */
    Where cache();

    /**
     * Computes the branch, and appends the keys and values of the new tokens to the caches. Leaves
     * the rotated queries in {@code work.query}.
     *
     * @param layer its number, from 0
     * @param x {@code [tokens, hidden]}, with the residual stream, as {@code out}
     * @param out {@code [tokens, hidden]}
     */
    void forward(Pass pass, int layer, Rows x, Rows out);

    /** Bytes of {@code work.scratch} that {@link #forward} needs at a place for so many tokens. */
    long scratch(Where where, int tokens);
}
