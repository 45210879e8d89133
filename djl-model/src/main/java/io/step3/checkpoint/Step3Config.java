package io.step3.checkpoint;

import com.google.gson.JsonElement;
import io.step3.json.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code config.json} says of a Step3 model, checked: every size is positive and so bounded
 * that products of sizes fit a {@code long}. Two kinds are known: {@code step3_vl}, a language
 * model in {@code text_config} and a vision tower in {@code vision_config}, and {@code step3_text},
 * the language model alone with its keys at the top.
 *
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
        TextConfig text,
        Optional<VisionConfig> vision,
        int imageTokenId,
        int understandProjectorStride,
        boolean projectorBias,
        boolean tieWordEmbeddings,
        TokenIds ids,
        QuantizationConfig quantization) {

    static final String FILE_NAME = "config.json";

    private static final String VISION_LANGUAGE = "step3_vl";
    private static final String TEXT_ONLY = "step3_text";
    private static final String SUPPORTED =
            "supported are step3_vl (Step3VLForConditionalGeneration)"
                    + " and step3_text (Step3TextForCausalLM)";

    /**
     * Reads and checks a {@code config.json}.
     *
     * @throws CheckpointException if it is missing or broken, or describes a model that is not
     *     Step3 or not a sound one, naming the key
     */
    public static Step3Config read(Path file) {
        ConfigObject config = ConfigObject.read(file);
        boolean textOnly = modelType(config).equals(TEXT_ONLY);
        ConfigObject textObject = textOnly ? config : required(config, "text_config");
        TextConfig text = TextConfig.parse(textObject);
        Optional<VisionConfig> vision =
                textOnly
                        ? Optional.empty()
                        : Optional.of(VisionConfig.parse(required(config, "vision_config")));
        TokenIds textIds = TokenIds.parse(textObject, text.vocabSize(), TokenIds.NONE);
        return new Step3Config(
                text,
                vision,
                textOnly ? 0 : imageTokenId(config, text),
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

    /** Whether the file exists and names one of the two model types. */
    static boolean describesStep3(Path file) {
        try {
            return Files.isRegularFile(file) && !modelType(ConfigObject.read(file)).isEmpty();
        } catch (CheckpointException e) {
            return false;
        }
    }

    /** The type, from {@code model_type} or, where that is absent, from {@code architectures}. */
    private static String modelType(ConfigObject config) {
        Optional<String> modelType = config.text("model_type");
        if (modelType.isPresent()) {
            return switch (modelType.get()) {
                case VISION_LANGUAGE, TEXT_ONLY -> modelType.get();
                default -> throw unsupported(config, "model_type", modelType.get());
            };
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
        return switch (name) {
            case "Step3VLForConditionalGeneration" -> VISION_LANGUAGE;
            case "Step3TextForCausalLM" -> TEXT_ONLY;
            default -> throw unsupported(config, "architectures", name);
        };
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
