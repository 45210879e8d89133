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
     * Computes the branch, and appends the keys and values of the new tokens to the caches.
     *
     * @param x {@code [tokens, hidden]}
     * @param out {@code [tokens, hidden]}
     */
    void forward(Pass pass, int layer, MemorySegment x, MemorySegment out) {
        Kernels kernels = pass.kernels();
        Workspace work = pass.work();
        int tokens = pass.tokens();
        queryDown.apply(kernels, work.queryLow, x, tokens, work.scratch);
        kernels.rmsNorm(work.queryLow, work.queryLow, queryNorm, tokens, epsilon);
        queryUp.apply(kernels, work.query, work.queryLow, tokens, work.scratch);
        key.apply(kernels, work.keys, x, tokens, work.scratch);
        value.apply(kernels, work.values, x, tokens, work.scratch);
        pass.each((span, row) -> attend(pass, span, row, layer));
        output.apply(kernels, out, work.attended, tokens, work.scratch);
    }

    private void attend(Pass pass, Span span, int row, int layer) {
        Kernels kernels = pass.kernels();
        Workspace work = pass.work();
        int position = span.position();
        MemorySegment query = Pass.rows(work.query, row, span, (long) heads * headDim);
        MemorySegment newKeys = Pass.rows(work.keys, row, span, headDim);
        kernels.rotate(query, span.count(), heads, headDim, position, work.inverseFrequencies);
        kernels.rotate(newKeys, span.count(), 1, headDim, position, work.inverseFrequencies);
        KvCache cache = span.sequence().cache();
        cache.putKeys(layer, position, newKeys);
        cache.putValues(layer, position, Pass.rows(work.values, row, span, headDim));
        kernels.attention(
                Pass.rows(work.attended, row, span, (long) heads * headDim),
                query,
                cache.keys(layer, 0),
                cache.values(layer, 0),
                span.count(),
                position,
                heads,
                headDim,
                (float) (1 / Math.sqrt(headDim)));
    }

    long scratch(int tokens) {
        return Math.max(
                Math.max(queryDown.scratch(tokens), queryUp.scratch(tokens)),
                output.scratch(tokens));
    }
}
