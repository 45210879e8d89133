package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * {@code [layers, keys | values, capacity, row]} in one region of the host's memory; or the keys
 * and values of one layer somewhere in memory that somebody else owns.
 */
final class HostKeyValues implements KeyValues {
    private static final int CLOSED = -1;

    private final KvFormat format;
    private final int layers;
    private final int capacity;
    private final int dim;
    private final long rowBytes;
    private final MemorySegment region;

    /** Where in the region the keys and the values of the first layer begin. */
    private final long keysFrom;

    private final long valuesFrom;

    /** Frees the region; null if it is somebody else's. */
    private final @Nullable Arena arena;

    /** Operations that work with it, or {@link #CLOSED}. */
    private final AtomicInteger users = new AtomicInteger();

    HostKeyValues(KvFormat format, int layers, int capacity, int dim) {
        Arguments.cache(format, layers, capacity, dim);
        this.format = format;
        this.layers = layers;
        this.capacity = capacity;
        this.dim = dim;
        rowBytes = format.rowBytes(dim);
        keysFrom = 0;
        valuesFrom = capacity * rowBytes;
        arena = Arena.ofShared();
        try {
            region =
                    LazyMemory.allocate(
                            arena, Arguments.product("capacity", 2L * layers, capacity, rowBytes));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Of float32 rows that somebody else owns. The region is all from the one to the other. */
    HostKeyValues(long keys, long values, int rows, int dim) {
        Arguments.cache(KvFormat.F32, 1, rows, dim);
        format = KvFormat.F32;
        layers = 1;
        capacity = rows;
        this.dim = dim;
        rowBytes = format.rowBytes(dim);
        long from = Math.min(keys, values);
        keysFrom = keys - from;
        valuesFrom = values - from;
        long bytes = Math.max(keysFrom, valuesFrom) + capacity * rowBytes;
        region = MemorySegment.ofAddress(from).reinterpret(bytes);
        arena = null;
    }

    @Override
    public KvFormat format() {
        return format;
    }

    @Override
    public int layers() {
        return layers;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public int dim() {
        return dim;
    }

    long rowBytes() {
        return rowBytes;
    }

    MemorySegment region() {
        return region;
    }

    /** Where the keys of a layer begin. */
    long keysAt(int layer) {
        return keysFrom + 2L * layer * capacity * rowBytes;
    }

    /** Where the values of a layer begin. */
    long valuesAt(int layer) {
        return valuesFrom + 2L * layer * capacity * rowBytes;
    }

    /** The first rows from some byte on, as float32. */
    MemorySegment view(long at, int rows) {
        acquire();
        try {
            if (format == KvFormat.F32) {
                return region.asSlice(at, rows * rowBytes).asReadOnly();
            }
            MemorySegment all =
                    Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT, Math.max(1L, rows) * dim);
            float[] row = new float[dim];
            for (int i = 0; i < rows; i++) {
                KvRow.read(format, region, at + i * rowBytes, row);
                long index = (long) i * dim * Float.BYTES;
                MemorySegment.copy(row, 0, all, ValueLayout.JAVA_FLOAT, index, dim);
            }
            return all.asSlice(0, (long) rows * dim * Float.BYTES).asReadOnly();
        } finally {
            release();
        }
    }

    @Override
    public void release(int from) {
        acquire();
        try {
            for (int layer = 0; arena != null && layer < layers; layer++) {
                release(keysAt(layer), from);
                release(valuesAt(layer), from);
            }
        } finally {
            release();
        }
    }

    private void release(long plane, int from) {
        LazyMemory.release(region.asSlice(plane + from * rowBytes, (capacity - from) * rowBytes));
    }

    @Override
    public void copyFrom(KeyValues other, int tokens) {
        HostKeyValues from = of(other);
        if (from.format != format
                || from.layers != layers
                || from.dim != dim
                || tokens < 0
                || tokens > Math.min(capacity, from.capacity)) {
            throw new IllegalArgumentException(
                    "%d tokens of another cache do not fit this one".formatted(tokens));
        }
        acquire();
        try {
            from.acquire();
            try {
                long bytes = tokens * rowBytes;
                for (int layer = 0; layer < layers; layer++) {
                    MemorySegment.copy(
                            from.region, from.keysAt(layer), region, keysAt(layer), bytes);
                    MemorySegment.copy(
                            from.region, from.valuesAt(layer), region, valuesAt(layer), bytes);
                }
            } finally {
                from.release();
            }
        } finally {
            release();
        }
    }

    static HostKeyValues of(KeyValues cache) {
        if (cache instanceof HostKeyValues own) {
            return own;
        }
        throw new IllegalArgumentException("a cache of another backend");
    }

    /** From now on it cannot be closed, until {@link #release()}. */
    void acquire() {
        int before;
        do {
            before = users.get();
            if (before == CLOSED) {
                throw new IllegalStateException("the cache is closed");
            }
        } while (!users.compareAndSet(before, before + 1));
    }

    void release() {
        users.decrementAndGet();
    }

    @Override
    public void close() {
        if (users.compareAndSet(0, CLOSED)) {
            if (arena != null) {
                arena.close();
            }
        } else if (users.get() != CLOSED) {
            throw new IllegalStateException("an operation works with the cache");
        }
    }
}
