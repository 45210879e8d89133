package io.step3.model;

import io.step3.checkpoint.Tensors;
import io.step3.checkpoint.TextConfig;
import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import java.lang.foreign.MemorySegment;

/**
 * Multi-matrix factorization attention: the query comes through a shared low-rank projection,
 * {@code q = wq(rms(q_proj(x)))}, and all query heads share one key and one value head (Step3
 * report, section 2.1). {@code out = o_proj(softmax(q k^T / sqrt(headDim)) v)}, causal, rotary on q
 * and k.
 */
record MfaAttention(
        int heads,
        int headDim,
        float epsilon,
        Linear queryDown,
        Weight queryNorm,
        Linear queryUp,
        Linear key,
        Linear value,
        Linear output) {

    static MfaAttention bind(
            Tensors tensors, String prefix, TextConfig config, Activations activations) {
        int hidden = config.hiddenSize();
        int width = config.numAttentionHeads() * config.headDim();
        return new MfaAttention(
                config.numAttentionHeads(),
                config.headDim(),
                config.rmsNormEps(),
                linear(tensors, prefix + "q_proj", config.shareQDim(), hidden, activations),
                tensors.vector(prefix + "inter_norm.weight", config.shareQDim()),
                linear(tensors, prefix + "wq", width, config.shareQDim(), activations),
                linear(tensors, prefix + "k_proj", config.headDim(), hidden, activations),
                linear(tensors, prefix + "v_proj", config.headDim(), hidden, activations),
                linear(tensors, prefix + "o_proj", hidden, width, activations));
    }

    private static Linear linear(
            Tensors tensors, String name, long out, long in, Activations activations) {
        return new Linear(tensors.weight(name + ".weight", out, in), activations);
    }

    /**
     * Reads {@code work.normed}, appends to the cache, leaves its output in {@code work.branch}.
     */
    void forward(
            Kernels kernels, Workspace work, KvCache cache, int layer, int position, int rows) {
        MemorySegment x = work.normed;
        queryDown.apply(kernels, work.queryLow, x, rows, work.scratch);
        kernels.rmsNorm(work.queryLow, work.queryLow, queryNorm, rows, epsilon);
        queryUp.apply(kernels, work.query, work.queryLow, rows, work.scratch);
        kernels.rotate(work.query, rows, heads, headDim, position, work.inverseFrequencies);

        MemorySegment newKeys = cache.keys(layer, position);
        key.apply(kernels, newKeys, x, rows, work.scratch);
        kernels.rotate(newKeys, rows, 1, headDim, position, work.inverseFrequencies);
        value.apply(kernels, cache.values(layer, position), x, rows, work.scratch);

        kernels.attention(
                work.heads,
                work.query,
                cache.keys(layer, 0),
                cache.values(layer, 0),
                rows,
                position,
                heads,
                headDim,
                (float) (1 / Math.sqrt(headDim)));
        output.apply(kernels, work.branch, work.heads, rows, work.scratch);
    }

    long scratch(int rows) {
        return Math.max(
                Math.max(queryDown.scratch(rows), queryUp.scratch(rows)), output.scratch(rows));
    }
}
