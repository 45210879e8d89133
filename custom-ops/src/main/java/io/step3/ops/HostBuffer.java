package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A buffer in the host's memory. */
final class HostBuffer implements Buffer {
    private final MemorySegment segment;
    private final long address;
    private final long bytes;

    HostBuffer(MemorySegment segment) {
        this.segment = segment;
        this.address = segment.address();
        this.bytes = segment.byteSize();
    }

    static HostBuffer allocate(Arena owner, long bytes) {
        return new HostBuffer(LazyMemory.allocate(owner, bytes));
    }

    /** The buffer as ours. */
    static HostBuffer of(String name, Buffer buffer) {
        if (buffer instanceof HostBuffer own) {
            return own;
        }
        throw new IllegalArgumentException(name + ": belongs to another backend");
    }

    /** The memory of a buffer that is known to be ours. */
    static MemorySegment segment(Buffer buffer) {
        return ((HostBuffer) buffer).segment;
    }

    static void write(Buffer to, MemorySegment from) {
        HostBuffer.of("to", to).segment.copyFrom(from);
    }

    static void read(MemorySegment to, Buffer from) {
        to.copyFrom(HostBuffer.of("from", from).segment);
    }

    static void copy(Buffer to, Buffer from) {
        write(to, HostBuffer.of("from", from).segment);
    }

    long address() {
        return address;
    }

    MemorySegment segment() {
        return segment;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public Buffer slice(long from, long length) {
        return new HostBuffer(segment.asSlice(from, length));
    }
}
