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
import io.step3.ops.Matrix;
import io.step3.ops.Stream;

/** A post-norm residual block: {@code h += ln1(attention(h)); h += ln2(mlp(h))}. */
record VisionLayer(
        int heads,
        int headDim,
        float epsilon,
        Matrix qkv,
        Matrix qkvBias,
        Matrix output,
        Matrix outputBias,
        Matrix norm1,
        Matrix norm1Bias,
        Matrix up,
        Matrix upBias,
        Matrix down,
        Matrix downBias,
        Matrix norm2,
        Matrix norm2Bias) {

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

    void forward(Stream stream, VisionWorkspace work, int tokens) {
        stream.linear(work.qkv, work.hidden, qkv, qkvBias, tokens);
        stream.fullAttention(
                work.heads, work.qkv, tokens, heads, headDim, (float) (1 / Math.sqrt(headDim)));
        stream.linear(work.branch, work.heads, output, outputBias, tokens);
        stream.layerNorm(work.branch, work.branch, norm1, norm1Bias, tokens, epsilon);
        stream.add(work.hidden, work.branch, tokens * qkv.cols());

        stream.linear(work.mlp, work.hidden, up, upBias, tokens);
        stream.quickGelu(work.mlp, tokens * up.rows());
        stream.linear(work.branch, work.mlp, down, downBias, tokens);
        stream.layerNorm(work.branch, work.branch, norm2, norm2Bias, tokens, epsilon);
        stream.add(work.hidden, work.branch, tokens * qkv.cols());
    }
}
