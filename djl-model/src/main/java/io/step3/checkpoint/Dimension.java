package io.step3.checkpoint;

import java.util.function.ToLongFunction;

/**
 * A length that tensors have, as {@code config.json} gives it. {@link #toString} is its formula in
 * the keys of {@code text_config}, and of {@code vision_config} where {@code vision.} stands
 * before.
 */
public enum Dimension {
    /** Words. */
    VOCABULARY("vocab_size", c -> c.text().vocabSize()),
    /** Width of the residual stream. */
    HIDDEN("hidden_size", c -> c.text().hiddenSize()),
    /** Width between the two factors of the query projection. */
    QUERY_RANK("share_q_dim", c -> c.text().shareQDim()),
    /** The queries of all heads. */
    QUERIES(
            "num_attention_heads * head_dim",
            c -> (long) c.text().numAttentionHeads() * c.text().headDim()),
    /** Of the one key, and of the one value. */
    HEAD("head_dim", c -> c.text().headDim()),
    /** Width of a dense layer's feed-forward. */
    DENSE("intermediate_size", c -> c.text().intermediateSize()),
    /** How many routed experts a layer has. */
    EXPERTS("moe_num_experts", c -> c.text().moeNumExperts()),
    /** Width of a routed expert. */
    EXPERT("moe_intermediate_size", c -> c.text().moeIntermediateSize()),
    /** Width of the shared expert. */
    SHARED_EXPERT("share_expert_dim", c -> c.text().shareExpertDim()),

    /** The one row of a table that has no other. */
    ONE("1", _ -> 1),
    /** Colours of a pixel. */
    CHANNELS("vision.num_channels", c -> vision(c).numChannels()),
    /** Pixels that a side of a patch has. */
    PATCH("vision.patch_size", c -> vision(c).patchSize()),
    /** Patches of a picture, and the class token. */
    POSITIONS(
            "1 + (vision.image_size / vision.patch_size)^2",
            c -> 1 + (long) vision(c).grid() * vision(c).grid()),
    /** Width of the vision tower. */
    VISION("vision.hidden_size", c -> vision(c).hiddenSize()),
    /** Query, key and value of all heads, one below another. */
    VISION_QKV("3 * vision.hidden_size", c -> 3L * vision(c).hiddenSize()),
    /** Width of the vision tower's feed-forward. */
    VISION_MLP("vision.intermediate_size", c -> vision(c).intermediateSize()),
    /** Channels after the first downsampler. */
    DOWNSAMPLED("vision.output_hidden_size", c -> vision(c).outputHiddenSize()),
    /** Channels after the second downsampler. */
    FEATURES("2 * vision.output_hidden_size", c -> 2L * vision(c).outputHiddenSize()),
    /** A side of the first downsampler's kernel. */
    KERNEL_2("2", _ -> 2),
    /** A side of the second downsampler's kernel. */
    KERNEL_3("3", _ -> 3);

    private final String formula;
    private final ToLongFunction<Step3Config> value;

    Dimension(String formula, ToLongFunction<Step3Config> value) {
        this.formula = formula;
        this.value = value;
    }

    private static VisionConfig vision(Step3Config config) {
        return config.vision()
                .orElseThrow(() -> new IllegalArgumentException("the model has no vision tower"));
    }

    /**
     * The length in one model.
     *
     * @throws IllegalArgumentException if it is the vision tower's and the model has none
     */
    public long of(Step3Config config) {
        return value.applyAsLong(config);
    }

    @Override
    public String toString() {
        return formula;
    }
}
