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
    private static final int NOT_READY = 600;
    private static final int NON_BLOCKING = 1;
    private static final int NO_TIMING = 2;
    private static final int MULTIPROCESSORS = 16;
    private static final int MAJOR = 75;
    private static final int MINOR = 76;
    private static final int SHARED_LIMIT = 97;

    private final DriverFunctions functions;
    private final int driverVersion;
    private final int number;
    private final MemorySegment context;
    private final String name;
    private final int architecture;
    private final int multiprocessors;
    private final int sharedLimit;
    private final long totalMemory;

    private volatile @Nullable CudaException lost;
    private volatile boolean closed;

    /** What has been made and not been freed, and one more until {@link #close}. */
    private int users = 1;

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
            context = value.get(ADDRESS, 0);
        }
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
        open();
        enter();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment free = call.allocate(JAVA_LONG);
            MemorySegment total = call.allocate(JAVA_LONG);
            check(functions.call(functions.memGetInfo, free, total), functions.memGetInfo, null);
            return free.get(JAVA_LONG, 0);
        }
    }

    /** Waits for all work that was given to it. */
    public void await() {
        open();
        enter();
        check(functions.call(functions.ctxSynchronize), functions.ctxSynchronize, null);
    }

    /** Whether it can no longer be used. */
    public boolean isLost() {
        return lost != null;
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
        begin(owner);
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(JAVA_LONG);
            Function alloc = functions.memAlloc;
            int status = functions.call(alloc, value, bytes);
            if (status != 0) {
                throw failed(status, alloc, "allocating %d bytes".formatted(bytes));
            }
            long address = value.get(JAVA_LONG, 0);
            return new DeviceMemory(
                    address, bytes, owned(owner, MemorySegment.NULL, true, _ -> freed(address)));
        }
    }

    private int freed(long address) {
        return functions.call(functions.memFree, address);
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
        begin(owner);
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(ADDRESS);
            Function alloc = functions.memHostAlloc;
            int status = functions.call(alloc, value, bytes, 0);
            if (status != 0) {
                throw failed(status, alloc, "allocating %d bytes for copies".formatted(bytes));
            }
            MemorySegment memory = value.get(ADDRESS, 0).reinterpret(bytes);
            return new PinnedMemory(
                    owned(owner, memory, true, m -> functions.call(functions.memFreeHost, m)));
        }
    }

    /**
     * Loads kernels.
     *
     * @param image a fat binary, a cubin, or the text of PTX; it is copied
     * @throws CudaException if there is nothing in it for this device, with what the driver's
     *     compiler says
     */
    public CudaModule load(Arena owner, MemorySegment image) {
        begin(owner);
        try (Arena call = Arena.ofConfined()) {
            MemorySegment text = call.allocate(image.byteSize() + 1, 16); // PTX ends with a zero
            MemorySegment.copy(image, 0, text, 0, image.byteSize());
            JitLog log = new JitLog(call);
            MemorySegment value = call.allocate(ADDRESS);
            Function load = functions.moduleLoadData;
            int status =
                    functions.call(load, value, text, JitLog.COUNT, log.options(), log.values());
            if (status != 0) {
                throw failed(status, load, "loading kernels for sm_" + architecture + log.said());
            }
            return new CudaModule(
                    this,
                    owner,
                    owned(
                            owner,
                            value.get(ADDRESS, 0),
                            true,
                            m -> functions.call(functions.moduleUnload, m)));
        }
    }

    /** An order of work that waits for no other stream. */
    public CudaStream stream(Arena owner) {
        return new CudaStream(
                this,
                owner,
                create(
                        owner,
                        functions.streamCreate,
                        NON_BLOCKING,
                        m -> functions.call(functions.streamDestroy, m)));
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
        return new CudaEvent(
                this,
                create(
                        owner,
                        functions.eventCreate,
                        flags,
                        m -> functions.call(functions.eventDestroy, m)));
    }

    private MemorySegment create(Arena owner, Function function, int flags, Freeing freeing) {
        begin(owner);
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(ADDRESS);
            int status = functions.call(function, value, flags);
            if (status != 0) {
                throw failed(status, function, null);
            }
            return owned(owner, value.get(ADDRESS, 0), false, freeing);
        }
    }

    /** Frees something of the driver. */
    interface Freeing {
        int free(MemorySegment what);
    }

    DriverFunctions functions() {
        return functions;
    }

    /** Makes the context current: threads move, and others set contexts of their own. */
    void enter() {
        CudaException before = lost;
        if (before != null) {
            throw before.again();
        }
        check(functions.call(functions.ctxSetCurrent, context), functions.ctxSetCurrent, null);
    }

    /** Throws what a status says, and remembers the end of the device. */
    void check(int status, Function function, @Nullable String doing) {
        if (status != 0) {
            throw exception(status, function, doing);
        }
    }

    /** Whether a query says that all is done. */
    boolean isDone(int status, Function function) {
        if (status != NOT_READY) {
            check(status, function, null);
        }
        return status == 0;
    }

    private CudaException exception(int status, Function function, @Nullable String doing) {
        CudaException e = functions.exception(status, function, doing);
        if (e.isLost() && lost == null) {
            lost = e;
        }
        return e;
    }

    private void open() {
        if (closed) {
            throw new IllegalStateException("the device has been closed");
        }
    }

    /** Before something is made that an arena will own. */
    void begin(Arena owner) {
        if (!owner.scope().isAlive()) {
            throw new IllegalStateException("the owner's arena has been closed");
        }
        synchronized (this) {
            open();
            users++;
        }
        try {
            enter();
        } catch (RuntimeException | Error e) {
            release();
            throw e;
        }
    }

    /** After {@link #begin}, if it could not be made. */
    CudaException failed(int status, Function function, @Nullable String doing) {
        try {
            return exception(status, function, doing);
        } finally {
            release();
        }
    }

    /**
     * After {@link #begin}: ties what was made to its owner.
     *
     * @param made what the driver gave
     * @param waits whether work may still need it
     * @return the same in the owner's scope
     */
    MemorySegment owned(Arena owner, MemorySegment made, boolean waits, Freeing freeing) {
        try {
            return made.reinterpret(owner, m -> free(m, waits, freeing));
        } catch (RuntimeException | Error e) { // closed in between, or another thread's
            free(made, waits, freeing);
            throw e;
        }
    }

    private void free(MemorySegment made, boolean waits, Freeing freeing) {
        try {
            // What is on a lost device goes with its context.
            if (lost == null && noted(functions.call(functions.ctxSetCurrent, context))) {
                if (!waits || noted(functions.call(functions.ctxSynchronize))) {
                    noted(freeing.free(made));
                }
            }
        } finally {
            release();
        }
    }

    /** An arena that closes throws nothing: who works on finds that the device is lost. */
    private boolean noted(int status) {
        if (CudaException.isLost(status)) {
            exception(status, functions.ctxSynchronize, "when something was freed");
        }
        return status == 0;
    }

    /** After something was freed, or never came to be. */
    synchronized void release() {
        if (--users == 0) {
            functions.call(functions.primaryCtxRelease, number);
        }
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
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }

    @Override
    public String toString() {
        return "%s (sm_%d)".formatted(name, architecture);
    }
}
