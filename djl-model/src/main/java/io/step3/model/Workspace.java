package io.step3.model;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * The working memory of a session, for one chunk of at most {@code rows} tokens: allocated once, so
 * that a token allocates nothing. Float32 but for {@link #routerIds} and {@link #tokens} (int32).
 */
final class Workspace {

    final int rows;

    private long bytes;

    /** {@code [rows]}: the chunk's token ids. */
    final MemorySegment tokens;

    /** {@code [rows, hidden]}: the residual stream. */
    final MemorySegment hidden;

    /** {@code [rows, hidden]}: the normed input of a branch. */
    final MemorySegment normed;

    /** {@code [rows, hidden]}: the output of a branch. */
    final MemorySegment branch;

    /** {@code [rows, shareQDim]}: the low-rank query. */
    final MemorySegment queryLow;

    /** {@code [rows, heads, headDim]}. */
    final MemorySegment query;

    /** {@code [rows, heads, headDim]}: what attention gathered. */
    final MemorySegment heads;

    /** {@code [rows, widest feed-forward]}. */
    final MemorySegment gate;

    /** {@code [rows, widest feed-forward]}. */
    final MemorySegment up;

    /** {@code [rows, hidden]}: the sum of the chosen experts. */
    final MemorySegment routed;

    /** {@code [rows, experts]}. */
    final MemorySegment routerProbabilities;

    /** {@code [rows, topK]}, int32. */
    final MemorySegment routerIds;

    /** {@code [rows, topK]}. */
    final MemorySegment routerWeights;

    /** {@code [headDim / 2]}. */
    final MemorySegment inverseFrequencies;

    /** {@code [vocabulary]}: the last row's logits. */
    final MemorySegment logits;

    /** What single operations need for themselves. */
    final MemorySegment scratch;

    Workspace(Arena arena, TextModel model, Kernels kernels, int rows) {
        TextConfig config = model.config();
        this.rows = rows;
        SegmentAllocator memory =
                (size, alignment) -> {
                    bytes += size;
                    return LazyMemory.allocate(arena, size);
                };
        tokens = numbers(memory, rows);
        hidden = numbers(memory, (long) rows * config.hiddenSize());
        normed = numbers(memory, (long) rows * config.hiddenSize());
        branch = numbers(memory, (long) rows * config.hiddenSize());
        queryLow = numbers(memory, (long) rows * config.shareQDim());
        query = numbers(memory, (long) rows * config.numAttentionHeads() * config.headDim());
        heads = numbers(memory, (long) rows * config.numAttentionHeads() * config.headDim());
        int width = 1;
        long scratchBytes = Float.BYTES;
        for (DecoderLayer layer : model.layers()) {
            width = Math.max(width, layer.feedForward().width());
            scratchBytes = Math.max(scratchBytes, layer.attention().scratch(rows));
            scratchBytes = Math.max(scratchBytes, layer.feedForward().scratch(kernels, rows));
        }
        scratchBytes = Math.max(scratchBytes, model.head().scratch(rows));
        gate = numbers(memory, (long) rows * width);
        up = numbers(memory, (long) rows * width);
        routed = numbers(memory, (long) rows * config.hiddenSize());
        routerProbabilities = numbers(memory, (long) rows * config.moeNumExperts());
        routerIds = numbers(memory, (long) rows * config.moeTopK());
        routerWeights = numbers(memory, (long) rows * config.moeTopK());
        inverseFrequencies = model.inverseFrequencies();
        logits = numbers(memory, config.vocabSize());
        scratch = memory.allocate(scratchBytes, Float.BYTES);
    }

    /** All of it. */
    long bytes() {
        return bytes;
    }

    /** All numbers of the workspace take four bytes, int32 ones too. */
    private static MemorySegment numbers(SegmentAllocator memory, long count) {
        return memory.allocate(count * Float.BYTES, Float.BYTES);
    }

    /** The first rows of a segment. */
    static MemorySegment rows(MemorySegment segment, int rows, long columns) {
        return segment.asSlice(0, rows * columns * Float.BYTES);
    }
}
