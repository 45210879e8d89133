package io.step3.model;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Spans;
import java.lang.foreign.Arena;

/**
 * The working memory of a model's forward passes, one at a time. Float32 but for {@link #routerIds}
 * and {@link #tokens} (int32).
 */
final class Workspace implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final int mostTokens;
    private final int mostLogits;

    /** {@code [tokens]}: their ids. */
    final Buffer tokens;

    /** {@code [tokens, hidden]}: the residual stream. */
    final Buffer hidden;

    /** {@code [tokens, hidden]}: the normed input of a branch. */
    final Buffer normed;

    /** {@code [tokens, hidden]}: the output of a branch. */
    final Buffer branch;

    /** {@code [tokens, shareQDim]}: the low-rank query. */
    final Buffer queryLow;

    /** {@code [tokens, heads, headDim]}. */
    final Buffer query;

    /** {@code [tokens, headDim]}: the keys of the new tokens. */
    final Buffer keys;

    /** {@code [tokens, headDim]}: the values of the new tokens. */
    final Buffer values;

    /** {@code [tokens, heads, headDim]}: what attention gathered. */
    final Buffer attended;

    /** {@code [tokens, widest feed-forward]}. */
    final Buffer gate;

    /** {@code [tokens, widest feed-forward]}. */
    final Buffer up;

    /** {@code [tokens, hidden]}: the sum of the chosen experts. */
    final Buffer routed;

    /** {@code [tokens, experts]}. */
    final Buffer routerProbabilities;

    /** {@code [tokens, topK]}, int32. */
    final Buffer routerIds;

    /** {@code [tokens, topK]}. */
    final Buffer routerWeights;

    /** {@code [headDim / 2]}. */
    final Buffer inverseFrequencies;

    /** {@code [rows that want them, vocabulary]}. */
    final Buffer logits;

    /** What single operations need for themselves. */
    final Buffer scratch;

    /** Whose rows are which; filled for each pass. */
    final Spans spans = new Spans();

    /**
     * Reserves memory, which is committed where a pass writes.
     *
     * @param mostTokens of a pass
     * @param mostLogits rows of a pass that want logits
     */
    Workspace(TextModel model, Backend backend, int mostTokens, int mostLogits) {
        TextConfig config = model.config();
        this.mostTokens = mostTokens;
        this.mostLogits = mostLogits;
        long heads = (long) config.numAttentionHeads() * config.headDim();
        int width = 1;
        long scratchBytes = Float.BYTES;
        try {
            for (DecoderLayer layer : model.layers()) {
                width = Math.max(width, layer.feedForward().width());
                scratchBytes = Math.max(scratchBytes, layer.attention().scratch(mostTokens));
                scratchBytes =
                        Math.max(scratchBytes, layer.feedForward().scratch(backend, mostTokens));
            }
            scratchBytes = Math.max(scratchBytes, model.head().scratch(mostTokens));
            tokens = numbers(backend, 1);
            hidden = numbers(backend, config.hiddenSize());
            normed = numbers(backend, config.hiddenSize());
            branch = numbers(backend, config.hiddenSize());
            queryLow = numbers(backend, config.shareQDim());
            query = numbers(backend, heads);
            keys = numbers(backend, config.headDim());
            values = numbers(backend, config.headDim());
            attended = numbers(backend, heads);
            gate = numbers(backend, width);
            up = numbers(backend, width);
            routed = numbers(backend, config.hiddenSize());
            routerProbabilities = numbers(backend, config.moeNumExperts());
            routerIds = numbers(backend, config.moeTopK());
            routerWeights = numbers(backend, config.moeTopK());
            inverseFrequencies = model.inverseFrequencies();
            logits = backend.allocate(arena, (long) mostLogits * config.vocabSize() * Float.BYTES);
            scratch = backend.allocate(arena, scratchBytes);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** All numbers of the workspace take four bytes, int32 ones too. */
    private Buffer numbers(Backend backend, long columns) {
        return backend.allocate(arena, mostTokens * columns * Float.BYTES);
    }

    boolean holds(int tokens, int logits) {
        return tokens <= mostTokens && logits <= mostLogits;
    }

    @Override
    public void close() {
        arena.close();
    }
}
