package io.step3.ops;

import static io.step3.ops.NativeLibrary.MH$operation;
import static io.step3.ops.NativeLibrary.MH$operationOnMany;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a stream's native calls, one at a time: the structs that they hand over. It checks
 * every segment whose address goes into one, and knows them all: they must be passed to the call as
 * well, which keeps them reachable and refuses to free them while it runs, since Java sees nothing
 * of what is in a struct. Nothing is allocated for a call.
 */
final class Call {
    /** Of the operation that has most: three weights with data and scales, and five others. */
    private static final int MOST_KEPT = 12;

    // Arguments, then weights, then spans.
    private static final long WEIGHTS_AT = 128;
    private static final long SPANS_AT = WEIGHTS_AT + 3 * 64;
    private static final int FEW_SPANS = 16;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment[] kept = new MemorySegment[MOST_KEPT];
    private MemorySegment memory = arena.allocate(size(FEW_SPANS), 64);
    private int keptCount;
    private long weightsEnd = WEIGHTS_AT;
    private long end;
    private @Nullable Struct struct;

    /** Whose caches are in use until the call is over, or null. */
    private @Nullable Spans spans;

    private static long size(int spans) {
        return SPANS_AT + (long) spans * Struct.SPAN.bytes();
    }

    /**
     * Writes spans, before all else. Their caches cannot be closed until the call is over.
     *
     * @param layer whose keys and values are meant
     * @return their address
     */
    long spans(Spans wanted, int layer) {
        if (memory.byteSize() < size(wanted.count())) {
            memory = arena.allocate(size(2 * wanted.count()), 64);
        }
        for (int i = 0; i < wanted.count(); i++) {
            HostKeyValues cache = HostKeyValues.of(wanted.cache(i));
            try {
                cache.acquire();
            } catch (IllegalStateException e) {
                release(wanted, i);
                throw e;
            }
            long at = size(i);
            long base = cache.region().address();
            memory.set(ValueLayout.JAVA_LONG, at, base + cache.keysAt(layer));
            memory.set(ValueLayout.JAVA_LONG, at + 8, base + cache.valuesAt(layer));
            memory.set(ValueLayout.JAVA_LONG, at + 16, wanted.position(i));
            memory.set(ValueLayout.JAVA_LONG, at + 24, wanted.rows(i));
            memory.set(ValueLayout.JAVA_INT, at + 32, cache.format().code());
        }
        spans = wanted;
        return memory.address() + SPANS_AT;
    }

    private static void release(Spans spans, int count) {
        for (int i = 0; i < count; i++) {
            HostKeyValues.of(spans.cache(i)).release();
        }
    }

    /** Writes a {@code step3_weight} and returns its address; 0 for null. */
    long weight(String name, Matrix matrix) {
        if (matrix == null) {
            return 0;
        }
        HostMatrix w = HostMatrix.of(name, matrix);
        require(name, w.data());
        long at = weightsEnd;
        memory.set(ValueLayout.JAVA_LONG, at, w.data().address());
        int blockRows = 0;
        int blockCols = 0;
        long scales = 0;
        if (w.format() instanceof Format.Blocks blocks) {
            require(name, blocks.scales());
            scales = blocks.scales().address();
            blockRows = blocks.rows();
            blockCols = blocks.cols();
        }
        memory.set(ValueLayout.JAVA_LONG, at + 8, scales);
        memory.set(ValueLayout.JAVA_LONG, at + 16, w.rows());
        memory.set(ValueLayout.JAVA_LONG, at + 24, w.cols());
        memory.set(ValueLayout.JAVA_LONG, at + 32, w.count());
        memory.set(ValueLayout.JAVA_INT, at + 40, w.format().type().code());
        memory.set(ValueLayout.JAVA_INT, at + 44, blockRows);
        memory.set(ValueLayout.JAVA_INT, at + 48, blockCols);
        memory.set(ValueLayout.JAVA_INT, at + 52, 0);
        weightsEnd += 64;
        return memory.address() + at;
    }

    /** Begins to write the arguments of an operation, in the order of the struct. */
    Call begin(Struct arguments) {
        struct = arguments;
        return this;
    }

    /** The address of numbers. */
    Call put(String name, Buffer buffer) {
        MemorySegment segment = HostBuffer.of(name, buffer).segment();
        if (segment.address() % Float.BYTES != 0) {
            throw new IllegalArgumentException(name + ": must be aligned to 4 bytes");
        }
        return putBytes(name, segment);
    }

    /** The address of bytes. */
    Call putBytes(String name, Buffer buffer) {
        return putBytes(name, HostBuffer.of(name, buffer).segment());
    }

    private Call putBytes(String name, MemorySegment segment) {
        require(name, segment);
        return put(segment.address());
    }

    /** A size, or the address of a weight or of spans. */
    Call put(long value) {
        memory.set(ValueLayout.JAVA_LONG, end, value);
        end += Long.BYTES;
        return this;
    }

    Call put(int value) {
        memory.set(ValueLayout.JAVA_INT, end, value);
        end += Integer.BYTES;
        return this;
    }

    Call put(float value) {
        return put(Float.floatToRawIntBits(value));
    }

    /**
     * Runs an operation on the arguments that were put.
     *
     * @return its status
     */
    int run(MemorySegment operation, MemorySegment context) {
        if ((end + Long.BYTES - 1) / Long.BYTES * Long.BYTES != struct.bytes()) {
            throw new AssertionError(struct.label() + " is not " + end + " bytes large");
        }
        try {
            if (keptCount <= 3) {
                return (int)
                        MH$operation.invokeExact(
                                operation, context, memory, kept(0), kept(1), kept(2));
            }
            return (int)
                    MH$operationOnMany.invokeExact(
                            operation, context, memory, kept(0), kept(1), kept(2), kept(3), kept(4),
                            kept(5), kept(6), kept(7), kept(8), kept(9), kept(10), kept(11));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    private void require(String name, MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException(name + ": must be native memory, not on the heap");
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalArgumentException(name + ": its arena has been closed");
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalArgumentException(name + ": belongs to another thread");
        }
        keep(segment);
    }

    /** One segment stands for all that live equally long. */
    private void keep(MemorySegment segment) {
        for (int i = 0; i < keptCount; i++) {
            if (kept[i].scope().equals(segment.scope())) {
                return;
            }
        }
        kept[keptCount++] = segment;
    }

    /** What must be passed to the call beside its arguments; NULL from some number on. */
    private MemorySegment kept(int i) {
        return i < keptCount ? kept[i] : MemorySegment.NULL;
    }

    /** Ends a call, also one that came to nothing: forgets all that was put. */
    void end() {
        Arrays.fill(kept, 0, keptCount, null);
        keptCount = 0;
        weightsEnd = WEIGHTS_AT;
        end = 0;
        if (spans != null) {
            release(spans, spans.count());
            spans = null;
        }
    }

    /** Frees the memory. A second call does nothing. */
    void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
