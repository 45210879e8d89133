package io.step3.training;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.SortedSet;

/**
 * The sizes of a network to be trained, which a recipe holds and an export writes as {@code
 * config.json}; such a file is read by {@link io.step3.checkpoint.Step3Config}.
 *
 * @param vocabulary number of tokens
 * @param hidden width of the residual stream, and of an image feature
 * @param layers number of text layers
 * @param moeLayers the layers that have experts; the others have one dense feed forward
 * @param heads query heads; K and V have one head each
 * @param headDim width of a head
 * @param queryRank {@code share_q_dim}, the rank of the query projection
 * @param dense width of the feed forward of a dense layer
 * @param experts experts per MoE layer
 * @param expertsPerToken experts that a token is sent to
 * @param expert width of a routed expert
 * @param sharedExpert width of the shared expert
 * @param normalizeExperts whether the chosen experts' weights are scaled to sum 1
 * @param ropeTheta base of the rotary angles
 * @param rmsEps epsilon of the RMS norms
 * @param maxPositions longest sequence
 * @param projectorStride stride of the first downsampler
 * @param imageToken id of {@code <im_patch>}
 * @param vision the vision tower
 */
public record NetworkSizes(
        int vocabulary,
        int hidden,
        int layers,
        SortedSet<Integer> moeLayers,
        int heads,
        int headDim,
        int queryRank,
        int dense,
        int experts,
        int expertsPerToken,
        int expert,
        int sharedExpert,
        boolean normalizeExperts,
        double ropeTheta,
        float rmsEps,
        int maxPositions,
        int projectorStride,
        int imageToken,
        Vision vision) {

    /**
     * The vision tower.
     *
     * @param imageSize side of the square picture, in pixels
     * @param patch side of a patch, in pixels
     * @param width width of the tower
     * @param layers number of layers
     * @param heads attention heads
     * @param mlp width of the feed forward
     * @param output channels of the first downsampler; the second has twice as many
     * @param eps epsilon of the layer norms
     */
    public record Vision(
            int imageSize,
            int patch,
            int width,
            int layers,
            int heads,
            int mlp,
            int output,
            float eps) {

        /** Patches along one side. */
        int grid() {
            return imageSize / patch;
        }
    }

    /** Side of a crop: as the published model's 504 of 728, a whole number of patches. */
    static final int CROP = 80;

    /** Features of one picture: what is left of its patches after both downsamplers. */
    public int imageFeatures() {
        return imageFeatures(vision.imageSize());
    }

    /** Features of a square picture or crop of another size, in pixels. */
    int imageFeatures(int size) {
        int first = (size / vision.patch() - 2) / projectorStride + 1;
        int second = (first + 2 - 3) / 2 + 1;
        return second * second;
    }

    /**
     * The published {@code config.json}.
     *
     * @param endTokens ids that end an answer
     * @param fp8 whether the experts are stored in block fp8
     */
    JsonObject toJson(int[] endTokens, boolean fp8) {
        var visionJson = new JsonObject();
        visionJson.addProperty("model_type", "step3_vision_encoder");
        visionJson.addProperty("hidden_size", vision.width());
        visionJson.addProperty("intermediate_size", vision.mlp());
        visionJson.addProperty("output_hidden_size", vision.output());
        visionJson.addProperty("num_hidden_layers", vision.layers());
        visionJson.addProperty("num_attention_heads", vision.heads());
        visionJson.addProperty("num_channels", 3);
        visionJson.addProperty("image_size", vision.imageSize());
        visionJson.addProperty("patch_size", vision.patch());
        visionJson.addProperty("hidden_act", "quick_gelu");
        visionJson.addProperty("layer_norm_eps", vision.eps());

        var text = new JsonObject();
        text.add("architectures", array("Step3TextForCausalLM"));
        text.addProperty("model_type", "step3_text");
        text.addProperty("vocab_size", vocabulary);
        text.addProperty("hidden_size", hidden);
        text.addProperty("intermediate_size", dense);
        text.addProperty("num_attention_heads", heads);
        text.addProperty("num_attention_groups", 1);
        text.addProperty("num_hidden_layers", layers);
        text.addProperty("max_seq_len", maxPositions);
        text.addProperty("rms_norm_eps", rmsEps);
        text.addProperty("moe_intermediate_size", expert);
        text.addProperty("moe_num_experts", experts);
        text.addProperty("moe_top_k", expertsPerToken);
        text.addProperty("rope_theta", (long) ropeTheta);
        text.addProperty("max_position_embedding", maxPositions);
        text.addProperty("share_expert_dim", sharedExpert);
        text.addProperty("share_q_dim", queryRank);
        text.addProperty("head_dim", headDim);
        text.addProperty("norm_expert_weight", normalizeExperts);
        text.addProperty(
                "moe_layers_enum",
                String.join(",", moeLayers.stream().map(String::valueOf).toList()));
        text.addProperty("torch_dtype", "bfloat16");

        var json = new JsonObject();
        json.add("architectures", array("Step3VLForConditionalGeneration"));
        json.addProperty("model_type", "step3_vl");
        json.addProperty("torch_dtype", "bfloat16");
        json.addProperty("bos_token_id", 0);
        var ends = new JsonArray();
        for (int token : endTokens) {
            ends.add(token);
        }
        json.add("eos_token_id", ends);
        json.addProperty("pad_token_id", 2);
        json.addProperty("image_token_id", imageToken);
        json.addProperty("understand_projector_stride", projectorStride);
        json.addProperty("projector_bias", true);
        json.addProperty("hidden_size", hidden);
        json.addProperty("tie_word_embeddings", false);
        json.add("vision_config", visionJson);
        json.add("text_config", text);
        if (fp8) {
            var quantization = new JsonObject();
            quantization.addProperty("quant_method", "fp8");
            quantization.addProperty("fmt", "e4m3");
            quantization.addProperty("activation_scheme", "dynamic");
            var block = new JsonArray();
            block.add(StoredPrecision.BLOCK);
            block.add(StoredPrecision.BLOCK);
            quantization.add("weight_block_size", block);
            json.add("quantization_config", quantization);
        }
        return json;
    }

    private static JsonArray array(String only) {
        var array = new JsonArray();
        array.add(only);
        return array;
    }
}
