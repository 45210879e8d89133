package io.step3.ops.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Memory on the host whose pages stay where they are, so that the device copies from and to it
 * while Java goes on. It lives as long as the arena that it was made for, which waits for the
 * device.
 */
public final class PinnedMemory {
    private final MemorySegment segment;

    PinnedMemory(MemorySegment segment) {
        this.segment = segment;
    }

    /**
     * What is in it. As long as a copy is under way, what a device copies from must not be written,
     * and what it copies to holds nothing yet.
     */
    public MemorySegment segment() {
        return segment;
    }

    /** Its size. */
    public long byteSize() {
        return segment.byteSize();
    }
}
