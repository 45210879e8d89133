package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A kernel of a module, with the size of its blocks. It lives as long as the module. Several
 * threads may launch it, each to its own stream.
 */
public final class CudaKernel {
    private final DeviceContext context;
    private final String name;
    private final MemorySegment function;
    private final int threads;
    private final int sharedBytes;
    private final int argumentBytes;

    CudaKernel(
            DeviceContext context,
            String name,
            MemorySegment function,
            int threads,
            int sharedBytes,
            int argumentBytes) {
        this.context = context;
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
     * What the driver knows of it, such as its registers (4) and the bytes that each thread has in
     * local memory (3).
     *
     * @param which a {@code CUfunction_attribute}
     */
    public int attribute(int which) {
        DriverFunctions f = context.functions();
        context.enter();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(JAVA_INT);
            context.check(f.call(f.funcGetAttribute, value, which, function), f.funcGetAttribute);
            return value.get(JAVA_INT, 0);
        }
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
        on.launch(context, name, function, x, y, z, threads, sharedBytes, arguments, argumentBytes);
    }

    @Override
    public String toString() {
        return name;
    }
}
