package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.step3.ops.cuda.DriverFunctions.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * An order of work on a device, for one thread at a time. It lives as long as the arena that it was
 * made for. Methods return before the work is done, and allocate nothing; {@link #await()} waits.
 */
public final class CudaStream {
    /** The most that a launch may have as arguments. */
    static final int ARGUMENT_BYTES = 4096;

    private static final int OF_THIS_THREAD = 1;

    private final CudaDevice device;
    private final DriverFunctions functions;
    private final MemorySegment handle;

    /** The arguments of a launch, and a pointer to them. */
    private final MemorySegment arguments;

    private final MemorySegment parameters;

    CudaStream(CudaDevice device, Arena owner, MemorySegment handle) {
        this.device = device;
        this.functions = device.functions();
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
            device.enter();
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
            device.enter();
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
            device.enter();
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
            device.enter();
            check(functions.call(functions.fill, target, value, bytes, handle), functions.fill);
        }
    }

    /** Sets an event: it is reached when all work so far is done. */
    public void record(CudaEvent event) {
        device.enter();
        check(functions.call(functions.eventRecord, event.handle(), handle), functions.eventRecord);
    }

    /** Lets further work in this stream wait for an event, of whatever stream. */
    public void await(CudaEvent event) {
        device.enter();
        check(
                functions.call(functions.streamWaitEvent, handle, event.handle(), 0),
                functions.streamWaitEvent);
    }

    /** Waits until all work is done. */
    public void await() {
        device.enter();
        check(functions.call(functions.streamSynchronize, handle), functions.streamSynchronize);
    }

    /** Whether all work is done. */
    public boolean isDone() {
        device.enter();
        return device.isDone(functions.call(functions.streamQuery, handle), functions.streamQuery);
    }

    /**
     * Records what is given to this stream, instead of doing it.
     *
     * @param owner of the graph
     * @param work gives work to this stream, and waits for nothing
     * @throws CudaException also if something in it cannot be recorded
     */
    public CudaGraph capture(Arena owner, Runnable work) {
        device.begin(owner);
        int status = functions.call(functions.streamBeginCapture, handle, OF_THIS_THREAD);
        if (status != 0) {
            throw device.failed(status, functions.streamBeginCapture, null);
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment graph = call.allocate(ADDRESS);
            run(work, graph);
            status = functions.call(functions.streamEndCapture, handle, graph);
            if (status != 0) {
                throw device.failed(status, functions.streamEndCapture, null);
            }
            MemorySegment recorded = graph.get(ADDRESS, 0);
            MemorySegment executable = call.allocate(ADDRESS);
            status = functions.call(functions.graphInstantiate, executable, recorded, 0L);
            functions.call(functions.graphDestroy, recorded);
            if (status != 0) {
                throw device.failed(status, functions.graphInstantiate, null);
            }
            return new CudaGraph(
                    device,
                    device.owned(
                            owner,
                            executable.get(ADDRESS, 0),
                            true,
                            m -> functions.call(functions.graphExecDestroy, m)));
        }
    }

    /** Runs what is to be recorded; if it fails, the recording ends with it. */
    private void run(Runnable work, MemorySegment graph) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            if (functions.call(functions.streamEndCapture, handle, graph) == 0) {
                functions.call(functions.graphDestroy, graph.get(ADDRESS, 0));
            }
            device.release();
            throw e;
        }
    }

    void launch(
            CudaDevice kernels,
            String name,
            MemorySegment function,
            int x,
            int y,
            int z,
            int threads,
            int sharedBytes,
            MemorySegment from,
            int argumentBytes) {
        if (kernels != device) {
            throw new IllegalArgumentException(name + " was loaded on another device");
        }
        MemorySegment.copy(from, 0, arguments, 0, argumentBytes);
        device.enter();
        int status = functions.launch(function, x, y, z, threads, sharedBytes, handle, parameters);
        if (status != 0) {
            device.check(status, functions.launchKernel, "launching " + name);
        }
    }

    private void check(int status, Function function) {
        device.check(status, function, null);
    }
}
