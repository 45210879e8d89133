package io.step3.checkpoint;

import io.step3.image.ImageProcessorConfig;

/**
 * The vision tower ({@code step3_vision_encoder}). A key of {@code config.json} that is absent has
 * the default of the reference implementation.
 *
 * @param hiddenSize width of the transformer, a multiple of the heads
 * @param intermediateSize width of its feed forward
 * @param outputHiddenSize channels of the first downsampling convolution; the second has twice that
 * @param numHiddenLayers how many layers
 * @param numAttentionHeads how many heads
 * @param numChannels of a picture, always 3
 * @param imageSize side of the picture in pixels that the position embeddings are made for, a
 *     multiple of the patch
 * @param patchSize side of a patch in pixels
 * @param layerNormEps of all norms
 */
public record VisionConfig(
        int hiddenSize,
        int intermediateSize,
        int outputHiddenSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numChannels,
        int imageSize,
        int patchSize,
        float layerNormEps) {

    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_COUNT = 4096;

    /** Side, in patches, of the grid that the position embeddings are made for. */
    public int grid() {
        return imageSize / patchSize;
    }

    static VisionConfig parse(ConfigObject config) {
        config.require("hidden_act", "quick_gelu");
        var vision =
                new VisionConfig(
                        config.integer("hidden_size", 1792, 1, MAX_WIDTH),
                        config.integer("intermediate_size", 3072, 1, MAX_WIDTH),
                        config.integer("output_hidden_size", 4096, 1, MAX_WIDTH),
                        config.integer("num_hidden_layers", 63, 1, MAX_COUNT),
                        config.integer("num_attention_heads", 16, 1, MAX_COUNT),
                        config.integer("num_channels", 3, 3, 3),
                        config.side("image_size", 728, 1, ImageProcessorConfig.MAX_SIDE),
                        config.side("patch_size", 14, 1, ImageProcessorConfig.MAX_SIDE),
                        (float) config.number("layer_norm_eps", 1e-5, 0, false, 1));
        if (vision.hiddenSize % vision.numAttentionHeads != 0) {
            throw config.refused(
                    "hidden_size %d must be a multiple of num_attention_heads %d"
                            .formatted(vision.hiddenSize, vision.numAttentionHeads));
        }
        if (vision.imageSize % vision.patchSize != 0) {
            throw config.refused(
                    "image_size %d must be a multiple of patch_size %d"
                            .formatted(vision.imageSize, vision.patchSize));
        }
        return vision;
    }
}
