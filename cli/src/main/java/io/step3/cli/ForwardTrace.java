package io.step3.cli;

import io.step3.checkpoint.DType;
import io.step3.checkpoint.SafetensorsWriter;
import io.step3.checkpoint.TextConfig;
import io.step3.model.ForwardObserver;
import io.step3.model.Routing;
import io.step3.model.Step3Model;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Keeps all that a forward pass shows, in the shapes of the golden files. */
final class ForwardTrace implements ForwardObserver {

    private final TextConfig config;
    private final int tokens;
    private final List<Integer> moeLayers;
    private final MemorySegment embeds;
    private final MemorySegment hidden;
    private final MemorySegment logits;
    private final MemorySegment routerIds;
    private final MemorySegment routerWeights;
    private final MemorySegment routerProbabilities;

    ForwardTrace(Arena arena, Step3Model model, int tokens) {
        this.config = model.checkpoint().config().text();
        this.tokens = tokens;
        moeLayers = List.copyOf(config.moeLayers());
        long choices = (long) moeLayers.size() * tokens;
        embeds = numbers(arena, (long) tokens * config.hiddenSize());
        hidden = numbers(arena, (config.numHiddenLayers() + 1L) * tokens * config.hiddenSize());
        logits = numbers(arena, (long) tokens * config.vocabSize());
        routerIds = numbers(arena, choices * config.moeTopK());
        routerWeights = numbers(arena, choices * config.moeTopK());
        routerProbabilities = numbers(arena, choices * config.moeNumExperts());
    }

    /** All numbers here take four bytes, int32 ones too. */
    private static MemorySegment numbers(Arena arena, long count) {
        return arena.allocate(count * Float.BYTES, Float.BYTES);
    }

    /** Copies rows of {@code columns} to their place in {@code [planes, tokens, columns]}. */
    private void keep(
            MemorySegment target, int plane, int position, MemorySegment rows, long columns) {
        long at = ((long) plane * tokens + position) * columns * Float.BYTES;
        MemorySegment.copy(rows, 0, target, at, rows.byteSize());
    }

    @Override
    public void embedded(int position, int rows, MemorySegment embeddings) {
        keep(embeds, 0, position, embeddings, config.hiddenSize());
        keep(hidden, 0, position, embeddings, config.hiddenSize());
    }

    @Override
    public void layer(int layer, int position, int rows, MemorySegment stream) {
        keep(hidden, layer + 1, position, stream, config.hiddenSize());
    }

    @Override
    public void routed(Routing routing) {
        int plane = moeLayers.indexOf(routing.layer());
        keep(routerIds, plane, routing.position(), routing.ids(), config.moeTopK());
        keep(routerWeights, plane, routing.position(), routing.weights(), config.moeTopK());
        keep(
                routerProbabilities,
                plane,
                routing.position(),
                routing.probabilities(),
                config.moeNumExperts());
    }

    @Override
    public boolean wantsAllLogits() {
        return true;
    }

    @Override
    public void logits(int position, int rows, MemorySegment values) {
        keep(logits, 0, position, values, config.vocabSize());
    }

    /** Adds everything to a file. */
    void addTo(SafetensorsWriter writer) {
        long t = tokens;
        long moe = moeLayers.size();
        long k = config.moeTopK();
        long h = config.hiddenSize();
        writer.add("embeds", DType.F32, List.of(t, h), embeds);
        writer.add("hidden", DType.F32, List.of(config.numHiddenLayers() + 1L, t, h), hidden);
        writer.add("logits", DType.F32, List.of(t, (long) config.vocabSize()), logits);
        writer.add("router_ids", DType.I32, List.of(moe, t, k), routerIds);
        writer.add("router_weights", DType.F32, List.of(moe, t, k), routerWeights);
        writer.add(
                "router_probs",
                DType.F32,
                List.of(moe, t, (long) config.moeNumExperts()),
                routerProbabilities);
    }
}
