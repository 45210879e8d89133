package io.step3.ops.cuda;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A piece of a device's memory. Not a memory segment on purpose: Java cannot read it. It lives as
 * long as the arena that it was made for.
 */
public final class DeviceMemory {
    private final long address;
    private final long byteSize;
    private final MemorySegment life;

    DeviceMemory(long address, long byteSize, MemorySegment life) {
        this.address = address;
        this.byteSize = byteSize;
        this.life = life;
    }

    /**
     * Memory that another library has allocated in the same context, and frees: whoever calls sees
     * to it that nothing works with it then.
     */
    public static DeviceMemory lent(long address, long byteSize) {
        return new DeviceMemory(address, byteSize, MemorySegment.NULL);
    }

    /**
     * Where it begins in the device's address space, at a multiple of 256 for a whole piece.
     *
     * @throws IllegalStateException if it has been freed
     */
    public long address() {
        if (!life.scope().isAlive()) {
            throw new IllegalStateException("this device memory has been freed");
        }
        return address;
    }

    /** Its size. */
    public long byteSize() {
        return byteSize;
    }

    /**
     * A part, which lives as long as the whole.
     *
     * @throws IndexOutOfBoundsException if it is not within this one
     */
    public DeviceMemory slice(long from, long bytes) {
        Objects.checkFromIndexSize(from, bytes, byteSize);
        return new DeviceMemory(address + from, bytes, life);
    }

    /**
     * An empty segment that lives as long as this: a native call that gets it keeps the memory from
     * being freed until it returns.
     */
    public MemorySegment life() {
        return life;
    }

    /** The address of a part. */
    long at(long from, long bytes) {
        Objects.checkFromIndexSize(from, bytes, byteSize);
        return address() + from;
    }
}
