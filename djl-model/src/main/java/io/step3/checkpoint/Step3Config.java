package io.step3.checkpoint;

import com.google.gson.JsonElement;
import io.step3.json.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code config.json} says of a Step3 model, checked: every size is positive and so bounded
 * that products of sizes fit a {@code long}.
 *
 * @param type which kind of checkpoint it is
 * @param text the language model
 * @param vision the vision tower, absent in a text-only model
 * @param imageTokenId stands for a picture in a prompt, published 128001; only with vision
 * @param understandProjectorStride of the first downsampling convolution; only with vision
 * @param projectorBias whether the projector has a bias; only with vision
 * @param tieWordEmbeddings whether the embedding serves as head where {@code lm_head.weight} is
 *     absent
 * @param ids which tokens begin and end a text
 * @param quantization the blocks of fp8 tensors, published 128 x 128 if absent
 */
public record Step3Config(
        ModelType type,
        TextConfig text,
        Optional<VisionConfig> vision,
        int imageTokenId,
        int understandProjectorStride,
        boolean projectorBias,
        boolean tieWordEmbeddings,
        TokenIds ids,
        QuantizationConfig quantization) {

    static final String FILE_NAME = "config.json";

    private static final String SUPPORTED = "supported are " + ModelType.list();

    /**
     * Reads and checks a {@code config.json}.
     *
     * @throws CheckpointException if it is missing or broken, or describes a model that is not
     *     Step3 or not a sound one, naming the key
     */
    public static Step3Config read(Path file) {
        ConfigObject config = ConfigObject.read(file);
        ModelType type = modelType(config);
        ConfigObject textObject = type.sees() ? required(config, "text_config") : config;
        TextConfig text = TextConfig.parse(textObject);
        Optional<VisionConfig> vision =
                type.sees()
                        ? Optional.of(VisionConfig.parse(required(config, "vision_config")))
                        : Optional.empty();
        TokenIds textIds = TokenIds.parse(textObject, text.vocabSize(), TokenIds.NONE);
        return new Step3Config(
                type,
                text,
                vision,
                type.sees() ? imageTokenId(config, text) : 0,
                config.integer("understand_projector_stride", 1, 1, 64),
                config.flag("projector_bias", true),
                config.flag("tie_word_embeddings", textObject.flag("tie_word_embeddings", false)),
                TokenIds.parse(config, text.vocabSize(), textIds),
                config.object("quantization_config")
                        .or(() -> textObject.object("quantization_config"))
                        .map(QuantizationConfig::parse)
                        .orElse(QuantizationConfig.PUBLISHED));
    }

    private static int imageTokenId(ConfigObject config, TextConfig text) {
        int id = config.integer("image_token_id", 128001, 0, Integer.MAX_VALUE);
        if (id >= text.vocabSize()) {
            throw config.refused(
                    "image_token_id is %d, outside the vocabulary of %d (text_config.vocab_size)"
                            .formatted(id, text.vocabSize()));
        }
        return id;
    }

    /** Whether the file exists and names a known type. */
    static boolean describesStep3(Path file) {
        try {
            return Files.isRegularFile(file) && modelType(ConfigObject.read(file)) != null;
        } catch (CheckpointException e) {
            return false;
        }
    }

    /** The type, from {@code model_type} or, where that is absent, from {@code architectures}. */
    private static ModelType modelType(ConfigObject config) {
        Optional<String> key = config.text("model_type");
        if (key.isPresent()) {
            return ModelType.ofKey(key.get())
                    .orElseThrow(() -> unsupported(config, "model_type", key.get()));
        }
        JsonElement architectures =
                config.value("architectures")
                        .filter(value -> value.isJsonArray() && !value.getAsJsonArray().isEmpty())
                        .orElseThrow(
                                () ->
                                        config.refused(
                                                "model_type and architectures are absent; "
                                                        + SUPPORTED));
        JsonElement first = architectures.getAsJsonArray().get(0);
        String name = ConfigObject.isText(first) ? first.getAsString() : first.toString();
        return ModelType.ofArchitecture(name)
                .orElseThrow(() -> unsupported(config, "architectures", name));
    }

    private static CheckpointException unsupported(ConfigObject config, String key, String name) {
        return config.refused(
                "%s names the unknown model %s; %s"
                        .formatted(key, StrictJson.shown(name), SUPPORTED));
    }

    private static ConfigObject required(ConfigObject config, String key) {
        return config.object(key)
                .orElseThrow(
                        () ->
                                config.refused(
                                        "%s is absent, but a step3_vl model needs it"
                                                .formatted(key)));
    }
}
