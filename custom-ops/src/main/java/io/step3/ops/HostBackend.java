package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A backend that computes in the host's memory: weights stay where they lie, and so may activations
 * and caches that somebody else owns.
 */
public sealed interface HostBackend extends Backend permits JavaBackend, NativeBackend {

    @Override
    default Buffer allocate(Arena owner, long bytes) {
        return HostBuffer.allocate(owner, bytes);
    }

    @Override
    default Matrix hold(Weight weight) {
        return new HostMatrix(weight);
    }

    @Override
    default KeyValues newCache(KvFormat format, int layers, int capacity, int dim) {
        return new HostKeyValues(format, layers, capacity, dim);
    }

    /**
     * Memory that another library owns, such as a tensor of PyTorch's, to be computed with where it
     * lies. Java cannot know how long it stays: the caller sees to it that it is not freed while an
     * operation works with it.
     *
     * @param address of its first byte
     */
    default Buffer lend(long address, long bytes) {
        return new HostBuffer(MemorySegment.ofAddress(address).reinterpret(bytes));
    }

    /**
     * Keys and values that another library owns, as a cache of one layer, full to its last row. The
     * caller sees to it that they are not freed while an operation works with them; closing the
     * cache does not free them.
     *
     * @param keys address of float32 {@code [rows, dim]}
     * @param values address of float32 {@code [rows, dim]}
     * @param rows from 1
     * @param dim from 1
     */
    default KeyValues lend(long keys, long values, int rows, int dim) {
        return new HostKeyValues(keys, values, rows, dim);
    }
}
