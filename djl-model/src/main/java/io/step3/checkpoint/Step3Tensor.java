package io.step3.checkpoint;

import static io.step3.checkpoint.Dimension.CHANNELS;
import static io.step3.checkpoint.Dimension.DENSE;
import static io.step3.checkpoint.Dimension.DOWNSAMPLED;
import static io.step3.checkpoint.Dimension.EXPERT;
import static io.step3.checkpoint.Dimension.EXPERTS;
import static io.step3.checkpoint.Dimension.FEATURES;
import static io.step3.checkpoint.Dimension.HEAD;
import static io.step3.checkpoint.Dimension.HIDDEN;
import static io.step3.checkpoint.Dimension.KERNEL_2;
import static io.step3.checkpoint.Dimension.KERNEL_3;
import static io.step3.checkpoint.Dimension.ONE;
import static io.step3.checkpoint.Dimension.PATCH;
import static io.step3.checkpoint.Dimension.POSITIONS;
import static io.step3.checkpoint.Dimension.QUERIES;
import static io.step3.checkpoint.Dimension.QUERY_RANK;
import static io.step3.checkpoint.Dimension.SHARED_EXPERT;
import static io.step3.checkpoint.Dimension.VISION;
import static io.step3.checkpoint.Dimension.VISION_MLP;
import static io.step3.checkpoint.Dimension.VISION_QKV;
import static io.step3.checkpoint.Dimension.VOCABULARY;
import static io.step3.checkpoint.TensorPart.DENSE_LAYERS;
import static io.step3.checkpoint.TensorPart.LAYERS;
import static io.step3.checkpoint.TensorPart.MOE_LAYERS;
import static io.step3.checkpoint.TensorPart.TEXT;
import static io.step3.checkpoint.TensorPart.VISION_LAYERS;
import static io.step3.checkpoint.TensorPart.VISION_TOWER;

import java.util.List;

/**
 * Every tensor of a Step3 checkpoint: its name and its shape, outputs before inputs. {@code N} in a
 * name stands for the number of a layer, from 0. Block-fp8 tensors have a second one, {@code
 * <name>_scale_inv}: see {@link Tensors}.
 */
public enum Step3Tensor {
    /** A row a word. */
    EMBEDDING(TEXT, "model.embed_tokens.weight", VOCABULARY, HIDDEN),
    /** Before attention. */
    INPUT_NORM(LAYERS, "model.layers.N.input_layernorm.weight", HIDDEN),
    /** First factor of the query projection. */
    QUERY_DOWN(LAYERS, "model.layers.N.self_attn.q_proj.weight", QUERY_RANK, HIDDEN),
    /** Between the factors. */
    QUERY_NORM(LAYERS, "model.layers.N.self_attn.inter_norm.weight", QUERY_RANK),
    /** Second factor of the query projection. */
    QUERY_UP(LAYERS, "model.layers.N.self_attn.wq.weight", QUERIES, QUERY_RANK),
    /** The one key of all heads. */
    KEY(LAYERS, "model.layers.N.self_attn.k_proj.weight", HEAD, HIDDEN),
    /** The one value of all heads. */
    VALUE(LAYERS, "model.layers.N.self_attn.v_proj.weight", HEAD, HIDDEN),
    /** From what attention gathered back to the stream. */
    ATTENTION_OUTPUT(LAYERS, "model.layers.N.self_attn.o_proj.weight", HIDDEN, QUERIES),
    /** After attention, before the feed-forward. */
    POST_ATTENTION_NORM(LAYERS, "model.layers.N.post_attention_layernorm.weight", HIDDEN),
    /** Of a dense layer. */
    DENSE_GATE(DENSE_LAYERS, "model.layers.N.mlp.gate_proj.weight", DENSE, HIDDEN),
    /** Of a dense layer. */
    DENSE_UP(DENSE_LAYERS, "model.layers.N.mlp.up_proj.weight", DENSE, HIDDEN),
    /** Of a dense layer. */
    DENSE_DOWN(DENSE_LAYERS, "model.layers.N.mlp.down_proj.weight", HIDDEN, DENSE),
    /** What chooses the experts; not to be confused with their {@link #EXPERTS_GATE}. */
    ROUTER(MOE_LAYERS, "model.layers.N.moe.gate.weight", EXPERTS, HIDDEN),
    /** The gates of all routed experts. */
    EXPERTS_GATE(MOE_LAYERS, "model.layers.N.moe.gate_proj.weight", EXPERTS, EXPERT, HIDDEN),
    /** Of all routed experts. */
    EXPERTS_UP(MOE_LAYERS, "model.layers.N.moe.up_proj.weight", EXPERTS, EXPERT, HIDDEN),
    /** Of all routed experts. */
    EXPERTS_DOWN(MOE_LAYERS, "model.layers.N.moe.down_proj.weight", EXPERTS, HIDDEN, EXPERT),
    /** Of the expert that every token passes. */
    SHARED_GATE(MOE_LAYERS, "model.layers.N.share_expert.gate_proj.weight", SHARED_EXPERT, HIDDEN),
    /** Of the expert that every token passes. */
    SHARED_UP(MOE_LAYERS, "model.layers.N.share_expert.up_proj.weight", SHARED_EXPERT, HIDDEN),
    /** Of the expert that every token passes. */
    SHARED_DOWN(MOE_LAYERS, "model.layers.N.share_expert.down_proj.weight", HIDDEN, SHARED_EXPERT),
    /** Before the head. */
    FINAL_NORM(TEXT, "model.norm.weight", HIDDEN),
    /** From the stream to logits; may be absent where {@code tie_word_embeddings} is set. */
    LANGUAGE_HEAD(TEXT, "lm_head.weight", VOCABULARY, HIDDEN),

    /** What leads the patches. */
    CLASS_EMBEDDING(VISION_TOWER, "vision_model.embeddings.class_embedding", ONE, VISION),
    /** A convolution from pixels to patches. */
    PATCHES(
            VISION_TOWER,
            "vision_model.embeddings.patch_embedding.weight",
            VISION,
            CHANNELS,
            PATCH,
            PATCH),
    /** Bias of it. */
    PATCHES_BIAS(VISION_TOWER, "vision_model.embeddings.patch_embedding.bias", VISION),
    /** Of the class token, and of each patch, row by row. */
    POSITION_EMBEDDING(
            VISION_TOWER, "vision_model.embeddings.position_embedding.weight", POSITIONS, VISION),
    /** Query, key and value. */
    VISION_ATTENTION(
            VISION_LAYERS,
            "vision_model.transformer.layers.N.self_attn.qkv_proj.weight",
            VISION_QKV,
            VISION),
    /** Bias of it. */
    VISION_ATTENTION_BIAS(
            VISION_LAYERS, "vision_model.transformer.layers.N.self_attn.qkv_proj.bias", VISION_QKV),
    /** From what attention gathered back to the stream. */
    VISION_OUTPUT(
            VISION_LAYERS,
            "vision_model.transformer.layers.N.self_attn.out_proj.weight",
            VISION,
            VISION),
    /** Bias of it. */
    VISION_OUTPUT_BIAS(
            VISION_LAYERS, "vision_model.transformer.layers.N.self_attn.out_proj.bias", VISION),
    /** After attention. */
    VISION_NORM_1(VISION_LAYERS, "vision_model.transformer.layers.N.layer_norm1.weight", VISION),
    /** Bias of it. */
    VISION_NORM_1_BIAS(VISION_LAYERS, "vision_model.transformer.layers.N.layer_norm1.bias", VISION),
    /** First of the feed-forward. */
    VISION_UP(
            VISION_LAYERS, "vision_model.transformer.layers.N.mlp.fc1.weight", VISION_MLP, VISION),
    /** Bias of it. */
    VISION_UP_BIAS(VISION_LAYERS, "vision_model.transformer.layers.N.mlp.fc1.bias", VISION_MLP),
    /** Second of the feed-forward. */
    VISION_DOWN(
            VISION_LAYERS, "vision_model.transformer.layers.N.mlp.fc2.weight", VISION, VISION_MLP),
    /** Bias of it. */
    VISION_DOWN_BIAS(VISION_LAYERS, "vision_model.transformer.layers.N.mlp.fc2.bias", VISION),
    /** After the feed-forward. */
    VISION_NORM_2(VISION_LAYERS, "vision_model.transformer.layers.N.layer_norm2.weight", VISION),
    /** Bias of it. */
    VISION_NORM_2_BIAS(VISION_LAYERS, "vision_model.transformer.layers.N.layer_norm2.bias", VISION),
    /** A convolution of kernel 2 and the stride {@code understand_projector_stride}. */
    DOWNSAMPLER_1(VISION_TOWER, "vit_downsampler.weight", DOWNSAMPLED, VISION, KERNEL_2, KERNEL_2),
    /** Bias of it. */
    DOWNSAMPLER_1_BIAS(VISION_TOWER, "vit_downsampler.bias", DOWNSAMPLED),
    /** A convolution of kernel 3 and stride 2. */
    DOWNSAMPLER_2(
            VISION_TOWER, "vit_downsampler2.weight", FEATURES, DOWNSAMPLED, KERNEL_3, KERNEL_3),
    /** Bias of it. */
    DOWNSAMPLER_2_BIAS(VISION_TOWER, "vit_downsampler2.bias", FEATURES),
    /** From the vision tower to the width of the residual stream. */
    PROJECTOR(VISION_TOWER, "vit_large_projector.weight", HIDDEN, FEATURES),
    /** Bias of it; only where {@code projector_bias} is set. */
    PROJECTOR_BIAS(VISION_TOWER, "vit_large_projector.bias", HIDDEN);

    private final TensorPart part;
    private final String pattern;
    private final List<Dimension> dimensions;

    Step3Tensor(TensorPart part, String pattern, Dimension... dimensions) {
        this.part = part;
        this.pattern = pattern;
        this.dimensions = List.of(dimensions);
    }

    /** Where in the network it is. */
    public TensorPart part() {
        return part;
    }

    /** Its name, with {@code N} for the number of the layer. */
    public String pattern() {
        return pattern;
    }

    /** The lengths of its shape, outputs before inputs. */
    public List<Dimension> dimensions() {
        return dimensions;
    }

    /**
     * Its name in a layer.
     *
     * @param layer from 0; of no account for what is in no layer
     */
    public String name(int layer) {
        return pattern.replace(".N.", "." + layer + ".");
    }

    /** Its shape in one model, outputs before inputs. */
    public List<Long> shape(Step3Config config) {
        return dimensions.stream().map(dimension -> dimension.of(config)).toList();
    }
}
