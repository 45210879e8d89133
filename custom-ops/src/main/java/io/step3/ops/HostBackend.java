package io.step3.ops;

import java.lang.foreign.Arena;

/** A backend that computes in the host's memory: weights stay where they lie. */
sealed interface HostBackend extends Backend permits JavaBackend, NativeBackend {

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
}
