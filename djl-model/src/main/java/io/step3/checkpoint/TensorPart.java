package io.step3.checkpoint;

import java.util.stream.IntStream;

/** Where in the network a {@link Step3Tensor} is. */
public enum TensorPart {
    /** Of the language model, in no layer. */
    TEXT,
    /** Of every layer of the language model. */
    LAYERS,
    /** Of the layers without experts. */
    DENSE_LAYERS,
    /** Of the layers with experts. */
    MOE_LAYERS,
    /** Of the vision tower, in no layer. */
    VISION_TOWER,
    /** Of every layer of the vision tower. */
    VISION_LAYERS;

    /** The layers of a model that are meant, from 0; for what is in no layer one number, 0. */
    public IntStream layers(Step3Config config) {
        TextConfig text = config.text();
        IntStream layers = IntStream.range(0, text.numHiddenLayers());
        return switch (this) {
            case TEXT -> IntStream.of(0);
            case LAYERS -> layers;
            case DENSE_LAYERS -> layers.filter(layer -> !text.isMoe(layer));
            case MOE_LAYERS -> layers.filter(text::isMoe);
            case VISION_TOWER -> IntStream.range(0, config.vision().isPresent() ? 1 : 0);
            case VISION_LAYERS ->
                    IntStream.range(
                            0, config.vision().map(VisionConfig::numHiddenLayers).orElse(0));
        };
    }
}
