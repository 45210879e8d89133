package io.step3.ops.cuda;

import io.step3.ops.cuda.DriverFunctions.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The primary context of a device: whether it is still good, and what lives in it. It is given back
 * when the last of that is gone.
 */
final class DeviceContext {
    private static final int NOT_READY = 600;

    private final DriverFunctions functions;
    private final int device;
    private final MemorySegment handle;

    /**
     * Held while work is recorded: other threads' allocating, freeing and waiting would spoil it.
     */
    private final ReentrantLock recording = new ReentrantLock();

    private volatile @Nullable CudaException lost;
    private boolean closed;

    /** What has been made and not been freed, and one more until {@link #close}. */
    private int users = 1;

    /**
     * @param device as the driver numbers it; it has been retained
     */
    DeviceContext(DriverFunctions functions, int device, MemorySegment handle) {
        this.functions = functions;
        this.device = device;
        this.handle = handle;
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
        check(functions.call(functions.ctxSetCurrent, handle), functions.ctxSetCurrent);
    }

    void check(int status, Function function) {
        if (status != 0) {
            throw exception(status, function, null);
        }
    }

    /** What a status says; also remembers the end of the device. */
    CudaException exception(int status, Function function, @Nullable String doing) {
        CudaException e = functions.exception(status, function, doing);
        if (e.isLost() && lost == null) {
            lost = e;
        }
        return e;
    }

    /** Whether a query says that all is done. */
    boolean isDone(int status, Function function) {
        if (status != NOT_READY) {
            check(status, function);
        }
        return status == 0;
    }

    boolean isLost() {
        return lost != null;
    }

    synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the device has been closed");
        }
    }

    /** Taken by whoever records work. */
    ReentrantLock recording() {
        return recording;
    }

    /**
     * Calls what no other thread may call while work is recorded, once none is. Nothing waits
     * between the context and the call, lest a virtual thread goes on elsewhere.
     */
    int alone(IntSupplier call) {
        recording.lock();
        try {
            enter();
            return call.getAsInt();
        } finally {
            recording.unlock();
        }
    }

    /**
     * Makes something, for {@link #owned}.
     *
     * @param doing what is told if it fails; may give null
     */
    void make(Arena owner, Function function, Supplier<@Nullable String> doing, IntSupplier call) {
        if (!owner.scope().isAlive()) {
            throw new IllegalStateException("the owner's arena has been closed");
        }
        synchronized (this) {
            requireOpen();
            users++;
        }
        try {
            int status = alone(call);
            if (status != 0) {
                throw exception(status, function, doing.get());
            }
        } catch (RuntimeException | Error e) {
            release();
            throw e;
        }
    }

    /**
     * Ties what was made to its owner.
     *
     * @param made what the driver gave
     * @param waits whether work may still need it when it is freed
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
        recording.lock();
        try {
            if (lost == null) {
                note(functions.call(functions.ctxSetCurrent, handle));
            }
            if (lost == null && waits) {
                note(functions.call(functions.ctxSynchronize));
            }
            if (lost == null) { // else it goes with the context
                note(freeing.free(made));
            }
        } finally {
            recording.unlock();
            release();
        }
    }

    /** An arena that closes throws nothing: who works on finds that the device is lost. */
    private void note(int status) {
        if (CudaException.isLost(status)) {
            exception(status, functions.ctxSynchronize, "when something was freed");
        }
    }

    private synchronized void release() {
        if (--users == 0) {
            functions.call(functions.primaryCtxRelease, device);
        }
    }

    /** Nothing more can be made. A second call does nothing. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }
}
