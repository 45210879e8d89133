package io.step3.model;

import java.lang.foreign.MemorySegment;

/**
 * Watches a forward pass. All segments are working memory of the model, float32 unless another type
 * is named, valid only during the call; an observer copies what it wants to keep. Rows are tokens,
 * the first of them at {@code position} of the sequence. A prefill is seen chunk by chunk.
 */
public interface ForwardObserver {

    /** Sees nothing and costs nothing. */
    ForwardObserver NONE = new ForwardObserver() {};

    /**
     * Token ids of the sequence from a position on: first the whole prompt, before its prefill and
     * with what is in the cache already, then each generated token.
     *
     * @param position 0 for a prompt
     * @param ids the observer may keep them
     */
    default void tokens(int position, int... ids) {}

    /** The input of the first layer, {@code [rows, hidden]}: embeddings, with image features in. */
    default void embedded(int position, int rows, MemorySegment embeddings) {}

    /**
     * What a layer's attention compared: see {@link AttentionWeights}.
     *
     * @param queries {@code [rows, heads, headDim]}, rotated
     * @param keys {@code [position + rows, headDim]}, rotated: of all tokens so far, one key for
     *     all heads
     */
    default void attended(
            int layer, int position, int rows, MemorySegment queries, MemorySegment keys) {}

    /** The residual stream after a layer, {@code [rows, hidden]}. */
    default void layer(int layer, int position, int rows, MemorySegment hidden) {}

    /** The choice of a mixture-of-experts layer. */
    default void routed(Routing routing) {}

    /**
     * Whether {@link #logits} should see every row; otherwise only a prompt's last row is computed.
     */
    default boolean wantsAllLogits() {
        return false;
    }

    /**
     * Time went by.
     *
     * @param nanoseconds since the stage began; a stage is told of many times a token
     */
    default void spent(Stage stage, long nanoseconds) {}

    /** Logits, {@code [rows, vocabulary]}. */
    default void logits(int position, int rows, MemorySegment logits) {}
}
