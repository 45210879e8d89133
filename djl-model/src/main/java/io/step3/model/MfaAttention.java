package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.ATTENTION_OUTPUT;
import static io.step3.checkpoint.Step3Tensor.KEY;
import static io.step3.checkpoint.Step3Tensor.QUERY_DOWN;
import static io.step3.checkpoint.Step3Tensor.QUERY_NORM;
import static io.step3.checkpoint.Step3Tensor.QUERY_UP;
import static io.step3.checkpoint.Step3Tensor.VALUE;

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
        Linear output)
        implements Attention {

    static MfaAttention bind(Binder binder, int layer) {
        TextConfig config = binder.config().text();
        return new MfaAttention(
                config.numAttentionHeads(),
                config.headDim(),
                config.rmsNormEps(),
                binder.linear(QUERY_DOWN, layer),
                binder.vector(QUERY_NORM, layer),
                binder.linear(QUERY_UP, layer),
                binder.linear(KEY, layer),
                binder.linear(VALUE, layer),
                binder.linear(ATTENTION_OUTPUT, layer));
    }

    @Override
    public void forward(Pass pass, int layer, MemorySegment x, MemorySegment out) {
        Kernels kernels = pass.kernels();
        Workspace work = pass.work();
        int tokens = pass.tokens();
        queryDown.apply(kernels, work.queryLow, x, tokens, work.scratch);
        kernels.rmsNorm(work.queryLow, work.queryLow, queryNorm, tokens, epsilon);
        queryUp.apply(kernels, work.query, work.queryLow, tokens, work.scratch);
        key.apply(kernels, work.keys, x, tokens, work.scratch);
        value.apply(kernels, work.values, x, tokens, work.scratch);
        int row = 0;
        for (Span span : pass.spans()) {
            attend(pass, span, row, layer);
            row += span.count();
        }
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

    @Override
    public long scratch(int tokens) {
        return Math.max(
                Math.max(queryDown.scratch(tokens), queryUp.scratch(tokens)),
                output.scratch(tokens));
    }
}
