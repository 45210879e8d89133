package io.step3.model;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Buffer;
import io.step3.ops.Spans;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The working memory of a model's forward passes, one at a time. Float32 but for {@link #routerIds}
 * and {@link #tokens} (int32).
 */
final class Workspace implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final Where home;
    private final int mostTokens;
    private final int mostLogits;

    /** {@code [tokens]}: their ids. With the embedding. */
    final Buffer tokens;

    /** {@code [tokens, hidden]}: the residual stream. */
    final Rows hidden;

    /** {@code [tokens, hidden]}: the normed input of a branch. */
    final Rows normed;

    /** {@code [tokens, hidden]}: the output of a branch. */
    final Rows branch;

    /** {@code [tokens, shareQDim]}: the low-rank query. */
    final Rows queryLow;

    /** {@code [tokens, heads, headDim]}. */
    final Rows query;

    /** {@code [tokens, headDim]}: the keys of the new tokens. */
    final Rows keys;

    /** {@code [tokens, headDim]}: the values of the new tokens. */
    final Rows values;

    /** {@code [tokens, heads, headDim]}: what attention gathered. */
    final Rows attended;

    /** {@code [tokens, widest feed-forward]}. */
    final Rows gate;

    /** {@code [tokens, widest feed-forward]}. */
    final Rows up;

    /** {@code [tokens, hidden]}: the sum of the chosen experts. */
    final Rows routed;

    /** {@code [tokens, experts]}. */
    final Rows routerProbabilities;

    /** {@code [tokens, topK]}, int32. */
    final Rows routerIds;

    /** {@code [tokens, topK]}. */
    final Rows routerWeights;

    /** {@code [headDim / 2]}, with the caches. */
    final Buffer inverseFrequencies;

    /** {@code [rows that want them, vocabulary]}. With the head. */
    final Buffer logits;

    /** Whose rows are which; filled for each pass. */
    final Spans spans = new Spans();

    private final @Nullable Buffer cpuScratch;
    private final @Nullable Buffer gpuScratch;

    /**
     * Reserves memory, which is committed where a pass writes.
     *
     * @param mostTokens of a pass
     * @param mostLogits rows of a pass that want logits
     */
    Workspace(
            TextModel model,
            Backends backends,
            Placement placement,
            int mostTokens,
            int mostLogits) {
        TextConfig config = model.config();
        this.home = placement.attention();
        this.mostTokens = mostTokens;
        this.mostLogits = mostLogits;
        long hiddenSize = config.hiddenSize();
        long heads = (long) config.numAttentionHeads() * config.headDim();
        Where cache = placement.cache();
        Where head = placement.head();
        Where[] routedAt = with(placement.routed(), home);
        Where[] feedForwardAt = with(placement.routed(), placement.shared(), placement.dense());
        Where[] outputAt = {home, placement.shared(), placement.dense(), head};
        try {
            int width = 1;
            for (DecoderLayer layer : model.layers()) {
                width = Math.max(width, layer.feedForward().width());
            }
            tokens =
                    backends.at(placement.embedding())
                            .allocate(arena, (long) mostTokens * Integer.BYTES);
            hidden = rows(backends, hiddenSize, home, placement.embedding());
            normed = rows(backends, hiddenSize, with(List.of(feedForwardAt), home, head));
            branch = rows(backends, hiddenSize, outputAt);
            queryLow = rows(backends, config.shareQDim(), home);
            query = rows(backends, heads, home, cache);
            keys = rows(backends, config.headDim(), home, cache);
            values = rows(backends, config.headDim(), home, cache);
            attended = rows(backends, heads, home, cache);
            gate = rows(backends, width, placement.shared(), placement.dense());
            up = rows(backends, width, placement.shared(), placement.dense());
            routed = rows(backends, hiddenSize, routedAt);
            routerProbabilities = rows(backends, config.moeNumExperts(), home);
            routerIds = rows(backends, config.moeTopK(), routedAt);
            routerWeights = rows(backends, config.moeTopK(), routedAt);
            inverseFrequencies = model.inverseFrequencies();
            logits =
                    backends.at(head)
                            .allocate(arena, (long) mostLogits * config.vocabSize() * Float.BYTES);
            cpuScratch = scratch(model, backends, placement, Where.CPU);
            gpuScratch = scratch(model, backends, placement, Where.GPU);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** About what a workspace takes, wherever its parts lie. */
    static long bytes(TextConfig config, int tokens) {
        long heads = (long) config.numAttentionHeads() * config.headDim();
        long width = Math.max(config.intermediateSize(), config.shareExpertDim());
        long experts = 2L * config.moeIntermediateSize() + config.hiddenSize();
        long columns =
                4L * config.hiddenSize()
                        + config.shareQDim()
                        + 2 * heads
                        + 2L * config.headDim()
                        + 2 * width
                        + config.moeNumExperts()
                        + config.moeTopK() * (2 + experts);
        return (columns * tokens + config.vocabSize()) * Float.BYTES;
    }

    private static Where[] with(List<Where> places, Where... more) {
        return Stream.concat(places.stream(), Stream.of(more)).distinct().toArray(Where[]::new);
    }

    private Rows rows(Backends backends, long columns, Where... places) {
        return new Rows(arena, backends, mostTokens, columns, places);
    }

    private @Nullable Buffer scratch(
            TextModel model, Backends backends, Placement placement, Where where) {
        if (!placement.decodes(where)) {
            return null;
        }
        long bytes = Math.max(Float.BYTES, model.head().scratch(where, mostTokens));
        for (DecoderLayer layer : model.layers()) {
            bytes = Math.max(bytes, layer.attention().scratch(where, mostTokens));
            bytes = Math.max(bytes, layer.feedForward().scratch(backends, where, mostTokens));
        }
        return backends.at(where).allocate(arena, bytes);
    }

    /** Where the residual stream lies. */
    Where home() {
        return home;
    }

    /** What single operations at a place need for themselves. */
    Buffer scratch(Where where) {
        return where == Where.CPU ? cpuScratch : gpuScratch;
    }

    boolean holds(int tokens, int logits) {
        return tokens <= mostTokens && logits <= mostLogits;
    }

    @Override
    public void close() {
        arena.close();
    }
}
