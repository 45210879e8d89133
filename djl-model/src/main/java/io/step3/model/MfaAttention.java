package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.ATTENTION_OUTPUT;
import static io.step3.checkpoint.Step3Tensor.KEY;
import static io.step3.checkpoint.Step3Tensor.QUERY_DOWN;
import static io.step3.checkpoint.Step3Tensor.QUERY_NORM;
import static io.step3.checkpoint.Step3Tensor.QUERY_UP;
import static io.step3.checkpoint.Step3Tensor.VALUE;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;

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
        Matrix queryNorm,
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
    public void forward(Pass pass, int layer, Buffer x, Buffer out) {
        Stream stream = pass.stream();
        Workspace work = pass.work();
        int tokens = pass.tokens();
        queryDown.apply(stream, work.queryLow, x, tokens, work.scratch);
        stream.rmsNorm(work.queryLow, work.queryLow, queryNorm, tokens, epsilon);
        queryUp.apply(stream, work.query, work.queryLow, tokens, work.scratch);
        key.apply(stream, work.keys, x, tokens, work.scratch);
        value.apply(stream, work.values, x, tokens, work.scratch);
        stream.rotate(work.query, work.spans, heads, headDim, work.inverseFrequencies);
        stream.rotate(work.keys, work.spans, 1, headDim, work.inverseFrequencies);
        stream.append(work.keys, work.values, work.spans, layer);
        float scale = (float) (1 / Math.sqrt(headDim));
        stream.attention(work.attended, work.query, work.spans, layer, heads, scale);
        output.apply(stream, out, work.attended, tokens, work.scratch);
    }

    @Override
    public long scratch(int tokens) {
        return Math.max(
                Math.max(queryDown.scratch(tokens), queryUp.scratch(tokens)),
                output.scratch(tokens));
    }
}
