package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.step3.ops.cuda.DriverFunctions.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A device, with its primary context, which all libraries of a process share. What it makes belongs
 * to arenas. The context is given back when the device is closed and the last of these arenas too.
 *
 * <p>Safe for use by several threads. Every method throws {@link CudaException} if the driver
 * refuses; after one with {@link CudaException#isLost} each call throws such a one at once, without
 * a call of the driver. Arenas can be closed even then.
 */
public final class CudaDevice implements AutoCloseable {
    private static final int COMPUTE_MODE = 20;
    private static final int EXCLUSIVE = 3;
    private static final int NON_BLOCKING = 1;
    private static final int NO_TIMING = 2;
    private static final int MULTIPROCESSORS = 16;
    private static final int MAJOR = 75;
    private static final int MINOR = 76;
    private static final int SHARED_LIMIT = 97;

    private final DriverFunctions functions;
    private final int driverVersion;
    private final int number;
    private final DeviceContext context;
    private final String name;
    private final int architecture;
    private final int multiprocessors;
    private final int sharedLimit;
    private final long totalMemory;

    CudaDevice(DriverFunctions functions, int driverVersion, int ordinal) {
        this.functions = functions;
        this.driverVersion = driverVersion;
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(ADDRESS);
            check(functions.call(functions.deviceGet, value, ordinal), functions.deviceGet, null);
            number = value.get(JAVA_INT, 0);
            MemorySegment text = call.allocate(256);
            check(
                    functions.call(functions.deviceGetName, text, 255, number),
                    functions.deviceGetName,
                    null);
            name = text.getString(0);
            check(
                    functions.call(functions.deviceTotalMem, value, number),
                    functions.deviceTotalMem,
                    null);
            totalMemory = value.get(JAVA_LONG, 0);
            architecture = attribute(MAJOR) * 10 + attribute(MINOR);
            multiprocessors = attribute(MULTIPROCESSORS);
            sharedLimit = attribute(SHARED_LIMIT);
            check(
                    functions.call(functions.primaryCtxRetain, value, number),
                    functions.primaryCtxRetain,
                    attribute(COMPUTE_MODE) == EXCLUSIVE
                            ? "as %s is for one process only".formatted(name)
                            : "on " + name);
            context = new DeviceContext(functions, number, value.get(ADDRESS, 0));
        }
    }

    private void check(int status, Function function, @Nullable String doing) {
        functions.check(status, function, doing);
    }

    /** What its maker calls it. */
    public String name() {
        return name;
    }

    /** The newest CUDA that its driver can do: 12080 is 12.8. */
    public int driverVersion() {
        return driverVersion;
    }

    /** Its architecture: 90 for sm_90. */
    public int architecture() {
        return architecture;
    }

    /** How many blocks run at the same time, at one each. */
    public int multiprocessors() {
        return multiprocessors;
    }

    /** Bytes of shared memory that a block may have if its kernel asks for so much. */
    public int sharedLimit() {
        return sharedLimit;
    }

    /** Bytes of memory that it has. */
    public long totalMemory() {
        return totalMemory;
    }

    /**
     * What the driver knows of it.
     *
     * @param which a {@code CUdevice_attribute}
     */
    public int attribute(int which) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(JAVA_INT);
            check(
                    functions.call(functions.deviceGetAttribute, value, which, number),
                    functions.deviceGetAttribute,
                    null);
            return value.get(JAVA_INT, 0);
        }
    }

    /** Bytes of memory that are free at this moment; other processes take of them too. */
    public long freeMemory() {
        context.requireOpen();
        context.enter();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment free = call.allocate(JAVA_LONG);
            MemorySegment total = call.allocate(JAVA_LONG);
            context.check(functions.call(functions.memGetInfo, free, total), functions.memGetInfo);
            return free.get(JAVA_LONG, 0);
        }
    }

    /** Waits for all work that was given to it. */
    public void await() {
        context.requireOpen();
        context.check(
                context.alone(() -> functions.call(functions.ctxSynchronize)),
                functions.ctxSynchronize);
    }

    /** Whether it can no longer be used. */
    public boolean isLost() {
        return context.isLost();
    }

    /**
     * Memory on the device, not cleared. Freeing it waits for all work on the device: make few
     * large pieces rather than many small ones.
     *
     * @param owner frees it, after all work that was given to the device before
     * @param bytes more than 0
     * @throws CudaException with {@link CudaException#isOutOfMemory} if there is too little
     */
    public DeviceMemory allocate(Arena owner, long bytes) {
        positive(bytes);
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(JAVA_LONG);
            context.make(
                    owner,
                    functions.memAlloc,
                    () -> "allocating %d bytes on %s".formatted(bytes, name),
                    () -> functions.call(functions.memAlloc, value, bytes));
            long address = value.get(JAVA_LONG, 0);
            return new DeviceMemory(
                    address,
                    bytes,
                    context.owned(
                            owner,
                            MemorySegment.NULL,
                            true,
                            _ -> functions.call(functions.memFree, address)));
        }
    }

    /**
     * Memory on the host that the device copies from and to by itself, not cleared.
     *
     * @param owner frees it, after all work that was given to the device before
     * @param bytes more than 0
     * @throws CudaException with {@link CudaException#isOutOfMemory} if there is too little
     */
    public PinnedMemory pinned(Arena owner, long bytes) {
        positive(bytes);
        MemorySegment made =
                made(
                        owner,
                        functions.memHostAlloc,
                        "allocating %d bytes on the host for copies".formatted(bytes),
                        value -> functions.call(functions.memHostAlloc, value, bytes, 0));
        return new PinnedMemory(
                context.owned(
                        owner,
                        made.reinterpret(bytes),
                        true,
                        m -> functions.call(functions.memFreeHost, m)));
    }

    /**
     * Loads kernels.
     *
     * @param image a fat binary, a cubin, or the text of PTX; it is copied
     * @throws CudaException if there is nothing in it for this device, with what the driver's
     *     compiler says
     */
    public CudaModule load(Arena owner, MemorySegment image) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment text = call.allocate(image.byteSize() + 1, 16); // PTX ends with a zero
            MemorySegment.copy(image, 0, text, 0, image.byteSize());
            JitLog log = new JitLog(call);
            MemorySegment value = call.allocate(ADDRESS);
            context.make(
                    owner,
                    functions.moduleLoadData,
                    () -> "loading kernels for sm_" + architecture + log.said(),
                    () -> log.load(functions, value, text));
            return new CudaModule(
                    this,
                    owner,
                    context.owned(
                            owner,
                            value.get(ADDRESS, 0),
                            true,
                            m -> functions.call(functions.moduleUnload, m)));
        }
    }

    /** An order of work that waits for no other stream. */
    public CudaStream stream(Arena owner) {
        MemorySegment made =
                made(
                        owner,
                        functions.streamCreate,
                        null,
                        value -> functions.call(functions.streamCreate, value, NON_BLOCKING));
        return new CudaStream(
                context,
                owner,
                context.owned(owner, made, true, m -> functions.call(functions.streamDestroy, m)));
    }

    /** A point in a stream that can be waited for. */
    public CudaEvent event(Arena owner) {
        return event(owner, NO_TIMING);
    }

    /** An event that also knows when it came. */
    public CudaEvent timer(Arena owner) {
        return event(owner, 0);
    }

    private CudaEvent event(Arena owner, int flags) {
        MemorySegment made =
                made(
                        owner,
                        functions.eventCreate,
                        null,
                        value -> functions.call(functions.eventCreate, value, flags));
        return new CudaEvent(
                context,
                context.owned(owner, made, false, m -> functions.call(functions.eventDestroy, m)));
    }

    /** Makes something that the driver gives a handle for. */
    private MemorySegment made(
            Arena owner, Function function, @Nullable String doing, Making making) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(ADDRESS);
            context.make(owner, function, () -> doing, () -> making.make(value));
            return value.get(ADDRESS, 0);
        }
    }

    private interface Making {
        int make(MemorySegment value);
    }

    DeviceContext context() {
        return context;
    }

    private static void positive(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be more than 0, not " + bytes);
        }
    }

    /**
     * Makes nothing more. What was made stays until its arena closes. A second call does nothing.
     */
    @Override
    public void close() {
        context.close();
    }

    @Override
    public String toString() {
        return "%s (sm_%d)".formatted(name, architecture);
    }
}
