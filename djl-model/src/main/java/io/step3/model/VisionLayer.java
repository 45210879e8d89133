package io.step3.model;

import io.step3.checkpoint.Checkpoint;
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

    static VisionLayer bind(Checkpoint checkpoint, int number, VisionConfig config) {
        String prefix = "vision_model.transformer.layers." + number + ".";
        int width = config.hidden();
        int mlp = config.intermediate();
        return new VisionLayer(
                config.heads(),
                width / config.heads(),
                config.layerNormEps(),
                checkpoint.weight(prefix + "self_attn.qkv_proj.weight", 3L * width, width),
                checkpoint.vector(prefix + "self_attn.qkv_proj.bias", 3L * width),
                checkpoint.weight(prefix + "self_attn.out_proj.weight", width, width),
                checkpoint.vector(prefix + "self_attn.out_proj.bias", width),
                checkpoint.vector(prefix + "layer_norm1.weight", width),
                checkpoint.vector(prefix + "layer_norm1.bias", width),
                checkpoint.weight(prefix + "mlp.fc1.weight", mlp, width),
                checkpoint.vector(prefix + "mlp.fc1.bias", mlp),
                checkpoint.weight(prefix + "mlp.fc2.weight", width, mlp),
                checkpoint.vector(prefix + "mlp.fc2.bias", width),
                checkpoint.vector(prefix + "layer_norm2.weight", width),
                checkpoint.vector(prefix + "layer_norm2.bias", width));
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
