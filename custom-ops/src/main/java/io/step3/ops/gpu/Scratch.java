package io.step3.ops.gpu;

import io.step3.ops.cuda.DeviceMemory;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** Memory of one stream for what no operation leaves to the next. It grows as it is needed. */
final class Scratch implements AutoCloseable {
    private static final long LEAST = 1 << 16;

    private final GpuBackend backend;
    private @Nullable Arena arena;
    private @Nullable DeviceMemory memory;

    Scratch(GpuBackend backend) {
        this.backend = backend;
    }

    /**
     * Where so many bytes lie, which hold anything.
     *
     * @throws OutOfMemoryError if there are not so many
     */
    long of(long bytes) {
        if (memory == null || memory.byteSize() < bytes) {
            close();
            Arena next = Arena.ofShared();
            try {
                memory = backend.take(next, Math.max(LEAST, bytes + bytes / 2));
            } catch (RuntimeException | Error e) {
                next.close();
                throw e;
            }
            arena = next;
        }
        return memory.address();
    }

    /** As {@link #of}, to be copied from or to. */
    DeviceMemory memory(long bytes) {
        of(bytes);
        return memory.slice(0, bytes);
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
            arena = null;
            memory = null;
        }
    }
}
