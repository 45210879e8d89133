package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The memory of one native call: the structs it hands over. It checks every segment whose address
 * goes into one, and knows them all: they must be passed to the call as well, which keeps them
 * reachable and refuses to free them while it runs, since Java sees nothing of what is in a struct.
 * Each thread has one, which serves all its calls: a token makes hundreds.
 */
final class Call implements AutoCloseable {
    /** Of the operation that has most: three weights with data and scales, and five others. */
    private static final int MOST_KEPT = 12;

    /** Enough for three weights and the longest struct. */
    private static final long SIZE = 512;

    private static final long WEIGHT_SIZE = 56;

    private static final ThreadLocal<Call> OF_THREAD = ThreadLocal.withInitial(Call::new);

    private final MemorySegment memory = Arena.ofAuto().allocate(SIZE, 8);
    private final MemorySegment[] kept = new MemorySegment[MOST_KEPT];
    private int keptCount;
    private long start;
    private long end;

    private Call() {}

    /** The calling thread's own, empty, until it is closed. */
    static Call begin() {
        return OF_THREAD.get();
    }

    /** A {@code step3_weight} for this, or NULL for null. */
    MemorySegment weight(String name, Weight w) {
        if (w == null) {
            return MemorySegment.NULL;
        }
        return weight(
                name,
                w.type(),
                w.data(),
                w.scales(),
                w.rows(),
                w.cols(),
                1,
                w.blockRows(),
                w.blockCols());
    }

    MemorySegment weight(String name, ExpertWeight w) {
        return weight(
                name,
                w.type(),
                w.data(),
                w.scales(),
                w.rows(),
                w.cols(),
                w.experts(),
                w.blockRows(),
                w.blockCols());
    }

    private MemorySegment weight(
            String name,
            WeightType type,
            MemorySegment data,
            MemorySegment scales,
            long rows,
            long cols,
            long count,
            int blockRows,
            int blockCols) {
        require(name, data);
        require(name, scales);
        append(data);
        append(scales);
        append(rows);
        append(cols);
        append(count);
        append(type.code());
        append(blockRows);
        append(blockCols);
        append(0);
        MemorySegment struct = memory.asSlice(start, WEIGHT_SIZE);
        start = end;
        return struct;
    }

    /** An argument that native code reads or writes float32 or int32 at. */
    MemorySegment pointer(String name, MemorySegment segment) {
        require(name, segment);
        if (segment.address() % Float.BYTES != 0) {
            throw new IllegalArgumentException(name + ": must be aligned to 4 bytes");
        }
        return segment;
    }

    /** Appends the address of a float32 or int32 argument to the struct. */
    Call put(String name, MemorySegment segment) {
        append(pointer(name, segment));
        return this;
    }

    /** Appends the address of bytes to the struct. */
    Call putBytes(String name, MemorySegment segment) {
        require(name, segment);
        append(segment);
        return this;
    }

    /** Appends the address of a weight that was made here. */
    Call put(MemorySegment weight) {
        append(weight);
        return this;
    }

    Call put(long value) {
        append(value);
        return this;
    }

    Call put(int value) {
        append(value);
        return this;
    }

    Call put(float value) {
        append(Float.floatToRawIntBits(value));
        return this;
    }

    /** The struct of all that was put. */
    MemorySegment struct() {
        return memory.asSlice(start, end - start);
    }

    private void append(MemorySegment segment) {
        memory.set(ValueLayout.ADDRESS, end, segment);
        end += ValueLayout.ADDRESS.byteSize();
    }

    private void append(long value) {
        memory.set(ValueLayout.JAVA_LONG, end, value);
        end += Long.BYTES;
    }

    private void append(int value) {
        memory.set(ValueLayout.JAVA_INT, end, value);
        end += Integer.BYTES;
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

    /** How many segments must be passed to the call beside its arguments. */
    int lifetimes() {
        return keptCount;
    }

    /** What must be passed to the call beside its arguments; NULL from some number on. */
    MemorySegment kept(int i) {
        return i < keptCount ? kept[i] : MemorySegment.NULL;
    }

    /** Forgets all that was put. */
    @Override
    public void close() {
        Arrays.fill(kept, 0, keptCount, null);
        keptCount = 0;
        start = 0;
        end = 0;
    }
}
