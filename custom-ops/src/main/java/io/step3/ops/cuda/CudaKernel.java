package io.step3.ops.cuda;

import java.lang.foreign.MemorySegment;

/**
 * A kernel of a module, with the size of its blocks. It lives as long as the module. Several
 * threads may launch it, each to its own stream.
 */
public final class CudaKernel {
    private final CudaDevice device;
    private final String name;
    private final MemorySegment function;
    private final int threads;
    private final int sharedBytes;
    private final int argumentBytes;

    CudaKernel(
            CudaDevice device,
            String name,
            MemorySegment function,
            int threads,
            int sharedBytes,
            int argumentBytes) {
        this.device = device;
        this.name = name;
        this.function = function;
        this.threads = threads;
        this.sharedBytes = sharedBytes;
        this.argumentBytes = argumentBytes;
    }

    /** Its name in the module. */
    public String name() {
        return name;
    }

    /** Threads of a block. */
    public int threads() {
        return threads;
    }

    /** The most dynamic shared memory that its blocks may have, in bytes. */
    public int sharedBytes() {
        return sharedBytes;
    }

    /**
     * Launches it with all of its shared memory.
     *
     * @see #launch(CudaStream, int, int, int, int, MemorySegment)
     */
    public void launch(CudaStream on, int x, int y, int z, MemorySegment arguments) {
        launch(on, x, y, z, sharedBytes, arguments);
    }

    /**
     * Gives a launch to a stream, of {@code x * y * z} blocks. A block runs once all work before in
     * that stream is done. Nothing is allocated.
     *
     * @param sharedBytes of a block, at most {@link #sharedBytes()}
     * @param arguments begin with the struct; copied before this returns. Device memory whose
     *     addresses are in it must live until the stream has done the work
     * @throws IllegalArgumentException if there are no blocks, or too much shared memory
     */
    public void launch(
            CudaStream on, int x, int y, int z, int sharedBytes, MemorySegment arguments) {
        if (x < 1 || y < 1 || z < 1 || sharedBytes < 0 || sharedBytes > this.sharedBytes) {
            throw new IllegalArgumentException(
                    "%s cannot be launched with %d x %d x %d blocks and %d bytes of shared memory"
                            .formatted(name, x, y, z, sharedBytes));
        }
        on.launch(device, name, function, x, y, z, threads, sharedBytes, arguments, argumentBytes);
    }

    @Override
    public String toString() {
        return name;
    }
}
