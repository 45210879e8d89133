package io.step3.model;

import io.step3.checkpoint.TextConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The keys and values of one sequence: {@code [layers, 2, capacity, headDim]} float32 in one
 * region. All query heads share one key and one value head, so a token takes {@code 2 * headDim}
 * numbers a layer.
 */
final class KvCache {

    private final MemorySegment region;
    private final int capacity;
    private final long tokenBytes;

    KvCache(Arena arena, TextConfig config, int capacity) {
        this.capacity = capacity;
        this.tokenBytes = (long) config.headDim() * Float.BYTES;
        this.region =
                LazyMemory.allocate(arena, config.numHiddenLayers() * 2L * capacity * tokenBytes);
    }

    int capacity() {
        return capacity;
    }

    /** Bytes reserved; the operating system commits them as tokens arrive. */
    long bytes() {
        return region.byteSize();
    }

    /** Bytes of the first tokens, over all layers. */
    long bytes(int tokens) {
        return region.byteSize() / capacity * tokens;
    }

    /** Gives the memory of all tokens from a position on back to the operating system. */
    void release(int position) {
        long planes = region.byteSize() / (capacity * tokenBytes);
        for (long plane = 0; plane < planes; plane++) {
            LazyMemory.release(rows(plane, position));
        }
    }

    /** Takes over the first tokens of another cache of the same model. */
    void copyFrom(KvCache other, int tokens) {
        long planes = region.byteSize() / (capacity * tokenBytes);
        for (long plane = 0; plane < planes; plane++) {
            MemorySegment.copy(other.rows(plane, 0), 0, rows(plane, 0), 0, tokens * tokenBytes);
        }
    }

    /** Puts the keys of new tokens, {@code [tokens, headDim]}, to a position of a layer. */
    void putKeys(int layer, int position, MemorySegment keys) {
        keys(layer, position).copyFrom(keys);
    }

    /** Puts the values of new tokens, {@code [tokens, headDim]}, to a position of a layer. */
    void putValues(int layer, int position, MemorySegment values) {
        values(layer, position).copyFrom(values);
    }

    /** The keys of a layer from a position on. */
    MemorySegment keys(int layer, int position) {
        return rows(2L * layer, position);
    }

    /** The values of a layer from a position on. */
    MemorySegment values(int layer, int position) {
        return rows(2L * layer + 1, position);
    }

    private MemorySegment rows(long plane, int position) {
        return region.asSlice(
                (plane * capacity + position) * tokenBytes, (capacity - position) * tokenBytes);
    }
}
