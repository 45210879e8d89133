package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.VISION_ATTENTION;
import static io.step3.checkpoint.Step3Tensor.VISION_ATTENTION_BIAS;
import static io.step3.checkpoint.Step3Tensor.VISION_DOWN;
import static io.step3.checkpoint.Step3Tensor.VISION_DOWN_BIAS;
import static io.step3.checkpoint.Step3Tensor.VISION_NORM_1;
import static io.step3.checkpoint.Step3Tensor.VISION_NORM_1_BIAS;
import static io.step3.checkpoint.Step3Tensor.VISION_NORM_2;
import static io.step3.checkpoint.Step3Tensor.VISION_NORM_2_BIAS;
import static io.step3.checkpoint.Step3Tensor.VISION_OUTPUT;
import static io.step3.checkpoint.Step3Tensor.VISION_OUTPUT_BIAS;
import static io.step3.checkpoint.Step3Tensor.VISION_UP;
import static io.step3.checkpoint.Step3Tensor.VISION_UP_BIAS;

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

    static VisionLayer bind(Binder binder, int layer) {
        VisionConfig config = binder.config().vision().orElseThrow();
        return new VisionLayer(
                config.numAttentionHeads(),
                config.hiddenSize() / config.numAttentionHeads(),
                config.layerNormEps(),
                binder.matrix(VISION_ATTENTION, layer),
                binder.vector(VISION_ATTENTION_BIAS, layer),
                binder.matrix(VISION_OUTPUT, layer),
                binder.vector(VISION_OUTPUT_BIAS, layer),
                binder.vector(VISION_NORM_1, layer),
                binder.vector(VISION_NORM_1_BIAS, layer),
                binder.matrix(VISION_UP, layer),
                binder.vector(VISION_UP_BIAS, layer),
                binder.matrix(VISION_DOWN, layer),
                binder.vector(VISION_DOWN_BIAS, layer),
                binder.vector(VISION_NORM_2, layer),
                binder.vector(VISION_NORM_2_BIAS, layer));
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
