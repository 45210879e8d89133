package io.step3.model;

import io.step3.checkpoint.Tensors;
import io.step3.checkpoint.VisionConfig;
import io.step3.ops.Kernels;
import io.step3.ops.Weight;

/** A post-norm residual block: {@code h += ln1(attention(h)); h += ln2(mlp(h))}. */
record VisionLayer(
        int heads,
        int headDim,
        float epsilon,
        Weight qkv,
        Weight qkvBias,
        Weight output,
        Weight outputBias,
        Weight norm1,
        Weight norm1Bias,
        Weight up,
        Weight upBias,
        Weight down,
        Weight downBias,
        Weight norm2,
        Weight norm2Bias) {

    static VisionLayer bind(Tensors tensors, int number, VisionConfig config) {
        String prefix = "vision_model.transformer.layers." + number + ".";
        int width = config.hiddenSize();
        int mlp = config.intermediateSize();
        return new VisionLayer(
                config.numAttentionHeads(),
                width / config.numAttentionHeads(),
                config.layerNormEps(),
                tensors.weight(prefix + "self_attn.qkv_proj.weight", 3L * width, width),
                tensors.vector(prefix + "self_attn.qkv_proj.bias", 3L * width),
                tensors.weight(prefix + "self_attn.out_proj.weight", width, width),
                tensors.vector(prefix + "self_attn.out_proj.bias", width),
                tensors.vector(prefix + "layer_norm1.weight", width),
                tensors.vector(prefix + "layer_norm1.bias", width),
                tensors.weight(prefix + "mlp.fc1.weight", mlp, width),
                tensors.vector(prefix + "mlp.fc1.bias", mlp),
                tensors.weight(prefix + "mlp.fc2.weight", width, mlp),
                tensors.vector(prefix + "mlp.fc2.bias", width),
                tensors.vector(prefix + "layer_norm2.weight", width),
                tensors.vector(prefix + "layer_norm2.bias", width));
    }

    void forward(Kernels kernels, VisionWorkspace work, int tokens) {
        kernels.linear(work.qkv, work.hidden, qkv, qkvBias, tokens);
        kernels.fullAttention(
                work.heads, work.qkv, tokens, heads, headDim, (float) (1 / Math.sqrt(headDim)));
        kernels.linear(work.branch, work.heads, output, outputBias, tokens);
        kernels.layerNorm(work.branch, work.branch, norm1, norm1Bias, tokens, epsilon);
        kernels.add(work.hidden, work.branch, tokens * qkv.cols());

        kernels.linear(work.mlp, work.hidden, up, upBias, tokens);
        kernels.quickGelu(work.mlp, tokens * up.rows());
        kernels.linear(work.branch, work.mlp, down, downBias, tokens);
        kernels.layerNorm(work.branch, work.branch, norm2, norm2Bias, tokens, epsilon);
        kernels.add(work.hidden, work.branch, tokens * qkv.cols());
    }
}
