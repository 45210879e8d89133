package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.step3.ops.cuda.DriverFunctions.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An order of work on a device, for one thread at a time. It lives as long as the arena that it was
 * made for. Methods return before the work is done, and allocate nothing; {@link #await()} waits.
 */
public final class CudaStream {
    /** The most that a launch may have as arguments. */
    static final int ARGUMENT_BYTES = 4096;

    private static final int OF_THIS_THREAD = 1;

    private final DeviceContext context;
    private final DriverFunctions functions;
    private final MemorySegment handle;

    /** The arguments of a launch, and a pointer to them. */
    private final MemorySegment arguments;

    private final MemorySegment parameters;

    CudaStream(DeviceContext context, Arena owner, MemorySegment handle) {
        this.context = context;
        this.functions = context.functions();
        this.handle = handle;
        arguments = owner.allocate(ARGUMENT_BYTES, 16);
        parameters = owner.allocateFrom(ADDRESS, arguments);
    }

    MemorySegment handle() {
        return handle;
    }

    /**
     * Copies from the host to the device.
     *
     * @param from must stay as it is until the copy is done
     * @throws IndexOutOfBoundsException if it is not within both
     */
    public void upload(
            DeviceMemory to, long toOffset, PinnedMemory from, long fromOffset, long bytes) {
        long address = to.at(toOffset, bytes);
        Objects.checkFromIndexSize(fromOffset, bytes, from.byteSize());
        if (bytes != 0) {
            context.enter();
            check(
                    functions.upload(address, from.segment(), fromOffset, bytes, handle),
                    functions.upload);
        }
    }

    /**
     * Copies from the device to the host.
     *
     * @param to holds it once the copy is done
     * @throws IndexOutOfBoundsException if it is not within both
     */
    public void download(
            PinnedMemory to, long toOffset, DeviceMemory from, long fromOffset, long bytes) {
        long address = from.at(fromOffset, bytes);
        Objects.checkFromIndexSize(toOffset, bytes, to.byteSize());
        if (bytes != 0) {
            context.enter();
            check(
                    functions.download(to.segment(), toOffset, address, bytes, handle),
                    functions.download);
        }
    }

    /**
     * Copies on the device, between pieces that do not overlap.
     *
     * @throws IndexOutOfBoundsException if it is not within both
     */
    public void copy(
            DeviceMemory to, long toOffset, DeviceMemory from, long fromOffset, long bytes) {
        long target = to.at(toOffset, bytes);
        long source = from.at(fromOffset, bytes);
        if (bytes != 0) {
            context.enter();
            check(functions.call(functions.copy, target, source, bytes, handle), functions.copy);
        }
    }

    /**
     * Writes one byte everywhere.
     *
     * @throws IndexOutOfBoundsException if it is not within the memory
     */
    public void fill(DeviceMemory to, long toOffset, long bytes, byte value) {
        long target = to.at(toOffset, bytes);
        if (bytes != 0) {
            context.enter();
            check(functions.call(functions.fill, target, value, bytes, handle), functions.fill);
        }
    }

    /** Sets an event: it is reached when all work so far is done. */
    public void record(CudaEvent event) {
        context.enter();
        check(functions.call(functions.eventRecord, event.handle(), handle), functions.eventRecord);
    }

    /** Lets further work in this stream wait for an event, of whatever stream. */
    public void await(CudaEvent event) {
        context.enter();
        check(
                functions.call(functions.streamWaitEvent, handle, event.handle(), 0),
                functions.streamWaitEvent);
    }

    /** Waits until all work is done. */
    public void await() {
        context.enter();
        check(functions.call(functions.streamSynchronize, handle), functions.streamSynchronize);
    }

    /** Whether all work is done. */
    public boolean isDone() {
        context.enter();
        return context.isDone(functions.call(functions.streamQuery, handle), functions.streamQuery);
    }

    /**
     * Records what is given to this stream, instead of doing it.
     *
     * @param owner of the graph
     * @param work gives work to this stream, and waits for nothing
     * @throws CudaException also if something in it cannot be recorded
     */
    public CudaGraph capture(Arena owner, Runnable work) {
        ReentrantLock recording = context.recording();
        recording.lock();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment graph = recorded(call, work);
            MemorySegment value = call.allocate(ADDRESS);
            try {
                context.make(
                        owner,
                        functions.graphInstantiate,
                        () -> null,
                        () -> functions.call(functions.graphInstantiate, value, graph, 0L));
            } finally {
                functions.call(functions.graphDestroy, graph);
            }
            return new CudaGraph(
                    context,
                    context.owned(
                            owner,
                            value.get(ADDRESS, 0),
                            true,
                            m -> functions.call(functions.graphExecDestroy, m)));
        } finally {
            recording.unlock();
        }
    }

    private MemorySegment recorded(Arena call, Runnable work) {
        MemorySegment graph = call.allocate(ADDRESS);
        context.enter();
        check(
                functions.call(functions.streamBeginCapture, handle, OF_THIS_THREAD),
                functions.streamBeginCapture);
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            if (functions.call(functions.streamEndCapture, handle, graph) == 0) {
                functions.call(functions.graphDestroy, graph.get(ADDRESS, 0));
            }
            throw e;
        }
        check(
                functions.call(functions.streamEndCapture, handle, graph),
                functions.streamEndCapture);
        return graph.get(ADDRESS, 0);
    }

    void launch(
            DeviceContext kernels,
            String name,
            MemorySegment function,
            int x,
            int y,
            int z,
            int threads,
            int sharedBytes,
            MemorySegment from,
            int argumentBytes) {
        if (kernels != context) {
            throw new IllegalArgumentException(name + " was loaded on another device");
        }
        MemorySegment.copy(from, 0, arguments, 0, argumentBytes);
        context.enter();
        int status = functions.launch(function, x, y, z, threads, sharedBytes, handle, parameters);
        if (status != 0) {
            throw context.exception(status, functions.launchKernel, "launching " + name);
        }
    }

    private void check(int status, Function function) {
        context.check(status, function);
    }
}
