package io.step3.model;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The working memory of a model's forward passes, one at a time. Float32 but for {@link #routerIds}
 * and {@link #tokens} (int32).
 */
final class Workspace implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final int mostTokens;
    private final int mostLogits;

    /** {@code [tokens]}: their ids. */
    final MemorySegment tokens;

    /** {@code [tokens, hidden]}: the residual stream. */
    final MemorySegment hidden;

    /** {@code [tokens, hidden]}: the normed input of a branch. */
    final MemorySegment normed;

    /** {@code [tokens, hidden]}: the output of a branch. */
    final MemorySegment branch;

    /** {@code [tokens, shareQDim]}: the low-rank query. */
    final MemorySegment queryLow;

    /** {@code [tokens, heads, headDim]}. */
    final MemorySegment query;

    /** {@code [tokens, headDim]}: the keys of the new tokens. */
    final MemorySegment keys;

    /** {@code [tokens, headDim]}: the values of the new tokens. */
    final MemorySegment values;

    /** {@code [tokens, heads, headDim]}: what attention gathered. */
    final MemorySegment attended;

    /** {@code [tokens, widest feed-forward]}. */
    final MemorySegment gate;

    /** {@code [tokens, widest feed-forward]}. */
    final MemorySegment up;

    /** {@code [tokens, hidden]}: the sum of the chosen experts. */
    final MemorySegment routed;

    /** {@code [tokens, experts]}. */
    final MemorySegment routerProbabilities;

    /** {@code [tokens, topK]}, int32. */
    final MemorySegment routerIds;

    /** {@code [tokens, topK]}. */
    final MemorySegment routerWeights;

    /** {@code [headDim / 2]}. */
    final MemorySegment inverseFrequencies;

    /** {@code [rows that want them, vocabulary]}. */
    final MemorySegment logits;

    /** What single operations need for themselves. */
    final MemorySegment scratch;

    /**
     * Reserves memory, which is committed where a pass writes.
     *
     * @param mostTokens of a pass
     * @param mostLogits rows of a pass that want logits
     */
    Workspace(TextModel model, Kernels kernels, int mostTokens, int mostLogits) {
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
                        Math.max(scratchBytes, layer.feedForward().scratch(kernels, mostTokens));
            }
            scratchBytes = Math.max(scratchBytes, model.head().scratch(mostTokens));
            tokens = numbers(1);
            hidden = numbers(config.hiddenSize());
            normed = numbers(config.hiddenSize());
            branch = numbers(config.hiddenSize());
            queryLow = numbers(config.shareQDim());
            query = numbers(heads);
            keys = numbers(config.headDim());
            values = numbers(config.headDim());
            attended = numbers(heads);
            gate = numbers(width);
            up = numbers(width);
            routed = numbers(config.hiddenSize());
            routerProbabilities = numbers(config.moeNumExperts());
            routerIds = numbers(config.moeTopK());
            routerWeights = numbers(config.moeTopK());
            inverseFrequencies = model.inverseFrequencies();
            logits =
                    LazyMemory.allocate(
                            arena, (long) mostLogits * config.vocabSize() * Float.BYTES);
            scratch = LazyMemory.allocate(arena, scratchBytes);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** All numbers of the workspace take four bytes, int32 ones too. */
    private MemorySegment numbers(long columns) {
        return LazyMemory.allocate(arena, mostTokens * columns * Float.BYTES);
    }

    boolean holds(int tokens, int logits) {
        return tokens <= mostTokens && logits <= mostLogits;
    }

    @Override
    public void close() {
        arena.close();
    }
}
