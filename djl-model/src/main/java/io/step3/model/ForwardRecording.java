package io.step3.model;

import io.step3.checkpoint.DType;
import io.step3.checkpoint.SafetensorsWriter;
import io.step3.checkpoint.TextConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps all that the forward pass of a prompt shows. T tokens, H hidden size, L layers, V
 * vocabulary, E experts, K chosen, M mixture-of-experts layers; float32 but for the ids:
 *
 * <ul>
 *   <li>{@code embeds [T,H]}: the input of the first layer
 *   <li>{@code hidden [L+1,T,H]}: that input, then the residual stream after each layer
 *   <li>{@code logits [T,V]}
 *   <li>{@code router_ids [M,T,K]} int32, {@code router_weights [M,T,K]}, {@code router_probs
 *       [M,T,E]}: see {@link Routing}
 * </ul>
 *
 * <p>What the pass does not show stays zero. For one thread.
 */
public final class ForwardRecording implements ForwardObserver {

    private record Kept(DType dtype, List<Long> shape, MemorySegment data) {}

    private final Arena arena;
    private final int tokens;
    private final List<Integer> moeLayers;
    private final Map<String, Kept> kept = new LinkedHashMap<>();

    /**
     * A recording of one prompt, from its first token.
     *
     * @param arena owns the memory, all of which is taken here
     * @param config of the model that computes
     * @param tokens of the prompt, those that stand for pictures included
     */
    public ForwardRecording(Arena arena, TextConfig config, int tokens) {
        this.arena = arena;
        this.tokens = tokens;
        moeLayers = List.copyOf(config.moeLayers());
        int hidden = config.hiddenSize();
        int chosen = config.moeTopK();
        add("embeds", DType.F32, tokens, hidden);
        add("hidden", DType.F32, config.numHiddenLayers() + 1, tokens, hidden);
        add("logits", DType.F32, tokens, config.vocabSize());
        add("router_ids", DType.I32, moeLayers.size(), tokens, chosen);
        add("router_weights", DType.F32, moeLayers.size(), tokens, chosen);
        add("router_probs", DType.F32, moeLayers.size(), tokens, config.moeNumExperts());
    }

    private void add(String name, DType dtype, long... shape) {
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        long bytes = dimensions.stream().reduce((long) Float.BYTES, Math::multiplyExact);
        kept.put(name, new Kept(dtype, dimensions, arena.allocate(bytes, Float.BYTES)));
    }

    /** Copies rows to their place in a {@code [tokens, columns]} of a tensor. */
    private void keep(String name, int plane, int position, MemorySegment rows) {
        Kept tensor = kept.get(name);
        long row = (long) plane * tokens + position;
        long at = row * tensor.shape().getLast() * Float.BYTES;
        MemorySegment.copy(rows, 0, tensor.data(), at, rows.byteSize());
    }

    @Override
    public void embedded(int position, int rows, MemorySegment embeddings) {
        keep("embeds", 0, position, embeddings);
        keep("hidden", 0, position, embeddings);
    }

    @Override
    public void layer(int layer, int position, int rows, MemorySegment hidden) {
        keep("hidden", layer + 1, position, hidden);
    }

    @Override
    public void routed(Routing routing) {
        int plane = moeLayers.indexOf(routing.layer());
        keep("router_ids", plane, routing.position(), routing.ids());
        keep("router_weights", plane, routing.position(), routing.weights());
        keep("router_probs", plane, routing.position(), routing.probabilities());
    }

    @Override
    public boolean wantsAllLogits() {
        return true;
    }

    @Override
    public void logits(int position, int rows, MemorySegment logits) {
        keep("logits", 0, position, logits);
    }

    /**
     * What was kept under a name, row-major.
     *
     * @throws IllegalArgumentException if it is none of the names above
     */
    public MemorySegment tensor(String name) {
        Kept tensor = kept.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "a forward pass has no '%s', but %s".formatted(name, kept.keySet()));
        }
        return tensor.data();
    }

    /** Adds every tensor to a file; the arena must stay open until that is written. */
    public void addTo(SafetensorsWriter writer) {
        kept.forEach(
                (name, tensor) -> writer.add(name, tensor.dtype(), tensor.shape(), tensor.data()));
    }
}
