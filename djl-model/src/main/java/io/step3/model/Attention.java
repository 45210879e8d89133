package io.step3.model;

import io.step3.ops.Buffer;

/** The first half of a decoder layer: what a token takes from those before it. */
interface Attention {

    /** Heads of the query, which all share one head of keys and values. */
    int heads();

    /** Numbers of a query, a key and a value. */
    int headDim();

    /**
     * Computes the branch, and appends the keys and values of the new tokens to the caches. Leaves
     * the rotated queries in {@code work.query}.
     *
     * @param layer its number, from 0
     * @param x {@code [tokens, hidden]}
     * @param out {@code [tokens, hidden]}
     */
    void forward(Pass pass, int layer, Buffer x, Buffer out);

    /** Bytes of {@code work.scratch} that {@link #forward} needs for so many tokens. */
    long scratch(int tokens);
}
