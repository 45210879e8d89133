package io.step3.checkpoint;

import com.google.gson.JsonElement;
import io.step3.json.StrictJson;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The language model ({@code step3_text}). A key of {@code config.json} that is absent has the
 * value of the published model, except that {@code moe_layers_enum} then means all layers but the
 * first.
 *
 * @param vocabSize rows of the embedding and of the head
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of a dense layer's feed forward
 * @param numHiddenLayers how many layers
 * @param numAttentionHeads query heads; keys and values have one
 * @param headDim of queries, keys and values; even
 * @param shareQDim width between the two factors of the query projection
 * @param rmsNormEps of all norms
 * @param ropeTheta base of the rotary frequencies
 * @param maxPositions how many tokens a sequence may have
 * @param moeLayers which layers have experts, counted from 0; the others are dense
 * @param moeNumExperts routed experts of such a layer
 * @param moeTopK how many of them a token visits
 * @param moeIntermediateSize width of a routed expert
 * @param shareExpertDim width of the shared expert
 * @param normExpertWeight whether the chosen experts' weights are divided by their sum
 */
public record TextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int headDim,
        int shareQDim,
        float rmsNormEps,
        double ropeTheta,
        int maxPositions,
        SortedSet<Integer> moeLayers,
        int moeNumExperts,
        int moeTopK,
        int moeIntermediateSize,
        int shareExpertDim,
        boolean normExpertWeight) {

    // Far above any model, and so low that products of sizes stay far below 2^63.
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_VOCABULARY = 1 << 24;
    private static final int MAX_POSITIONS = 1 << 24;
    private static final int MAX_COUNT = 4096;

    /** Makes the set of layers unmodifiable. */
    public TextConfig {
        moeLayers = Collections.unmodifiableSortedSet(new TreeSet<>(moeLayers));
    }

    /** Whether layer {@code layer} (from 0) has experts. */
    public boolean isMoe(int layer) {
        return moeLayers.contains(layer);
    }

    static TextConfig parse(ConfigObject config) {
        config.require("model_type", "step3_text");
        config.require("hidden_act", "silu");
        config.integer("num_attention_groups", 1, 1, 1);
        int layers = config.integer("num_hidden_layers", 61, 1, MAX_COUNT);
        int experts = config.integer("moe_num_experts", 48, 1, MAX_COUNT);
        int headDim = config.integer("head_dim", 256, 2, MAX_COUNT);
        if (headDim % 2 != 0) {
            throw config.refused("head_dim is %d, but must be even".formatted(headDim));
        }
        return new TextConfig(
                config.integer("vocab_size", 128815, 1, MAX_VOCABULARY),
                config.integer("hidden_size", 7168, 1, MAX_WIDTH),
                config.integer("intermediate_size", 18432, 1, MAX_WIDTH),
                layers,
                config.integer("num_attention_heads", 64, 1, MAX_COUNT),
                headDim,
                config.integer("share_q_dim", 2048, 1, MAX_WIDTH),
                (float) config.number("rms_norm_eps", 1e-5, 0, false, 1),
                ropeTheta(config),
                maxPositions(config),
                moeLayers(config, layers),
                experts,
                config.integer("moe_top_k", Math.min(3, experts), 1, experts),
                config.integer("moe_intermediate_size", 5120, 1, MAX_WIDTH),
                config.integer("share_expert_dim", 5120, 1, MAX_WIDTH),
                config.flag("norm_expert_weight", false));
    }

    /** Newer writers put the base and the scaling together into {@code rope_parameters}. */
    private static double ropeTheta(ConfigObject config) {
        config.object("rope_scaling").ifPresent(TextConfig::refuseScaling);
        Optional<ConfigObject> parameters = config.object("rope_parameters");
        parameters.ifPresent(TextConfig::refuseScaling);
        double published = config.number("rope_theta", 500_000, 1, false, 1e12);
        return parameters
                .map(p -> p.number("rope_theta", published, 1, false, 1e12))
                .orElse(published);
    }

    private static void refuseScaling(ConfigObject rope) {
        String unnamed = rope.value("factor").isPresent() ? "unnamed" : "default";
        String type = rope.text("rope_type").or(() -> rope.text("type")).orElse(unnamed);
        if (!type.equals("default")) {
            throw rope.refused(
                    "type is the unknown rope scaling %s: Step3 has none"
                            .formatted(StrictJson.shown(type)));
        }
    }

    private static int maxPositions(ConfigObject config) {
        for (String key :
                new String[] {"max_position_embedding", "max_position_embeddings", "max_seq_len"}) {
            if (config.value(key).isPresent()) {
                return config.integer(key, 0, 1, MAX_POSITIONS);
            }
        }
        return 65536;
    }

    private static SortedSet<Integer> moeLayers(ConfigObject config, int layers) {
        String key = "moe_layers_enum";
        var moeLayers = new TreeSet<Integer>();
        Optional<JsonElement> value = config.value(key);
        if (value.isEmpty()) {
            for (int layer = 1; layer < layers; layer++) {
                moeLayers.add(layer);
            }
        } else if (value.get().isJsonArray()) {
            for (JsonElement layer : value.get().getAsJsonArray()) {
                moeLayers.add(
                        ConfigObject.isText(layer)
                                ? layer(config, key, layer.getAsString().strip(), layers)
                                : config.integer(key, layer, 0, layers - 1));
            }
        } else {
            for (String layer : config.text(key).orElseThrow().split(",", -1)) {
                moeLayers.add(layer(config, key, layer.strip(), layers));
            }
        }
        return moeLayers;
    }

    private static int layer(ConfigObject config, String key, String digits, int layers) {
        if (digits.matches("[0-9]{1,9}") && Integer.parseInt(digits) < layers) {
            return Integer.parseInt(digits);
        }
        throw config.refused(
                "%s names the layer %s, but must name layers from 0 to %d, with commas between them"
                        .formatted(key, StrictJson.shown(digits), layers - 1));
    }
}
