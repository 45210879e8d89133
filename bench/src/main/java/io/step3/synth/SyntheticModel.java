package io.step3.synth;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.step3.checkpoint.DType;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The published model with fewer layers or experts, or another type of weights. All widths are the
 * published ones.
 *
 * @param layers of the language model, from 1 to 61
 * @param dense which of them have no experts, from 0
 * @param weights F8_E4M3 or BF16
 * @param experts of a layer, from 3 to 48
 * @param sees whether there is a vision tower
 * @param seed of the weights
 */
public record SyntheticModel(
        int layers, SortedSet<Integer> dense, DType weights, int experts, boolean sees, long seed) {

    /** Layers of the published model. */
    public static final int MOST_LAYERS = 61;

    /** Experts of a layer of the published model. */
    public static final int MOST_EXPERTS = 48;

    /** Experts that a token visits. */
    private static final int TOP_K = 3;

    /** Layers 4 to 59 of the published model have experts. */
    private static final int FIRST_WITH_EXPERTS = 4;

    private static final int LAST_WITH_EXPERTS = 59;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming what is out of range
     */
    public SyntheticModel {
        require("layers", layers, 1, MOST_LAYERS);
        require("experts", experts, TOP_K, MOST_EXPERTS);
        if (weights != DType.F8_E4M3 && weights != DType.BF16) {
            throw new IllegalArgumentException("the weights must be fp8 or bf16, not " + weights);
        }
        for (int layer : dense) {
            require("a dense layer's number", layer, 0, layers - 1);
        }
        dense = Collections.unmodifiableSortedSet(new TreeSet<>(dense));
    }

    private static void require(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "%s must be from %d to %d, not %d".formatted(what, least, most, value));
        }
    }

    /**
     * Which layers are dense where nobody says it: those that are so in the published model; of a
     * model that ends before the first with experts only the first layer, as far as there are more.
     *
     * @param layers of the model
     */
    public static SortedSet<Integer> publishedDense(int layers) {
        return IntStream.range(0, layers)
                .filter(
                        layer ->
                                layers > FIRST_WITH_EXPERTS
                                        ? layer < FIRST_WITH_EXPERTS || layer > LAST_WITH_EXPERTS
                                        : layer == 0 && layers > 1)
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Its {@code config.json}; the ids are those of Step3-Tiny's tokenizer. */
    JsonObject config() {
        var config = new JsonObject();
        config.add(
                "architectures",
                array(sees ? "Step3VLForConditionalGeneration" : "Step3TextForCausalLM"));
        config.addProperty("model_type", sees ? "step3_vl" : "step3_text");
        config.addProperty("torch_dtype", "bfloat16");
        config.addProperty("bos_token_id", 0);
        config.add("eos_token_id", array(1, 1016));
        config.addProperty("pad_token_id", 2);
        config.addProperty("tie_word_embeddings", false);
        if (sees) {
            config.addProperty("image_token_id", 1009);
            config.addProperty("understand_projector_stride", 2);
            config.addProperty("projector_bias", false);
            config.add("vision_config", vision());
            config.add("text_config", text(new JsonObject()));
        } else {
            text(config);
        }
        if (weights == DType.F8_E4M3) {
            var quantization = new JsonObject();
            quantization.addProperty("quant_method", "fp8");
            quantization.addProperty("fmt", "e4m3");
            quantization.addProperty("activation_scheme", "dynamic");
            quantization.add("weight_block_size", array(128, 128));
            config.add("quantization_config", quantization);
        }
        return config;
    }

    private JsonObject text(JsonObject text) {
        text.addProperty("model_type", "step3_text");
        text.addProperty("vocab_size", 128815);
        text.addProperty("hidden_size", 7168);
        text.addProperty("intermediate_size", 18432);
        text.addProperty("num_hidden_layers", layers);
        text.addProperty("num_attention_heads", 64);
        text.addProperty("num_attention_groups", 1);
        text.addProperty("head_dim", 256);
        text.addProperty("share_q_dim", 2048);
        text.addProperty("rms_norm_eps", 1e-5);
        text.addProperty("rope_theta", 500000);
        text.addProperty("max_position_embedding", 65536);
        text.addProperty("max_seq_len", 65536);
        text.addProperty(
                "moe_layers_enum",
                IntStream.range(0, layers)
                        .filter(layer -> !dense.contains(layer))
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",")));
        text.addProperty("moe_num_experts", experts);
        text.addProperty("moe_top_k", TOP_K);
        text.addProperty("moe_intermediate_size", 5120);
        text.addProperty("share_expert_dim", 5120);
        text.addProperty("norm_expert_weight", false);
        return text;
    }

    private static JsonObject vision() {
        var vision = new JsonObject();
        vision.addProperty("model_type", "step3_vision_encoder");
        vision.addProperty("hidden_size", 1792);
        vision.addProperty("intermediate_size", 15360);
        vision.addProperty("output_hidden_size", 4096);
        vision.addProperty("num_hidden_layers", 63);
        vision.addProperty("num_attention_heads", 16);
        vision.addProperty("num_channels", 3);
        vision.addProperty("image_size", 728);
        vision.addProperty("patch_size", 14);
        vision.addProperty("hidden_act", "quick_gelu");
        vision.addProperty("layer_norm_eps", 1e-5);
        return vision;
    }

    private static JsonArray array(String value) {
        var array = new JsonArray();
        array.add(value);
        return array;
    }

    private static JsonArray array(int... values) {
        var array = new JsonArray();
        for (int value : values) {
            array.add(value);
        }
        return array;
    }
}
