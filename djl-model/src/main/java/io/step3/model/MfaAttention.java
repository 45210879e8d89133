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
 *
 * @param where its weights lie, and the residual stream
 * @param cache where keys and values lie, and are attended to
 */
record MfaAttention(
        Where where,
        Where cache,
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
                binder.placement().attention(),
                binder.placement().cache(),
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
    public void forward(Pass pass, int layer, Rows x, Rows out) {
        Workspace work = pass.work();
        Buffer low = work.queryLow.at(where);
        queryDown.apply(pass, work.queryLow, x);
        pass.stream(where).rmsNorm(low, low, queryNorm, pass.tokens(), epsilon);
        queryUp.apply(pass, work.query, work.queryLow);
        key.apply(pass, work.keys, x);
        value.apply(pass, work.values, x);
        pass.carry(work.query, where, cache);
        pass.carry(work.keys, where, cache);
        pass.carry(work.values, where, cache);
        attend(pass, layer);
        pass.carry(work.attended, cache, where);
        output.apply(pass, out, work.attended);
    }

    /** What lies with the caches. */
    private void attend(Pass pass, int layer) {
        Workspace work = pass.work();
        Stream stream = pass.stream(cache);
        Buffer query = work.query.at(cache);
        Buffer keys = work.keys.at(cache);
        stream.rotate(query, work.spans, heads, headDim, work.inverseFrequencies);
        stream.rotate(keys, work.spans, 1, headDim, work.inverseFrequencies);
        stream.append(keys, work.values.at(cache), work.spans, layer);
        float scale = (float) (1 / Math.sqrt(headDim));
        stream.attention(work.attended.at(cache), query, work.spans, layer, heads, scale);
    }

    @Override
    public long scratch(Where at, int tokens) {
        return Math.max(
                Math.max(queryDown.scratch(at, tokens), queryUp.scratch(at, tokens)),
                output.scratch(at, tokens));
    }
}
