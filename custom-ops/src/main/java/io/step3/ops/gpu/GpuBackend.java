package io.step3.ops.gpu;

import io.step3.ops.Arguments;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Convolution;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.MappingGuard;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import io.step3.ops.Weight;
import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaException;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import io.step3.ops.cuda.PinnedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Computes on a CUDA device. Weights are copied there when they are held, and freed when the last
 * guard of the file that they came from is closed, or with the backend.
 *
 * <p>What a device refuses is a {@link CudaException}, but for memory that it does not have, which
 * is an {@link OutOfMemoryError}. After one that says {@link CudaException#isLost} nothing works
 * here any more, and everything can still be closed.
 */
public final class GpuBackend implements Backend {
    private final CudaDevice device;
    private final Arena arena = Arena.ofShared();
    private final PlainKernels plain;
    private final TunedKernels tuned;
    private final WeightStore weights;
    private final GpuArguments arguments = new GpuArguments(this);

    /** For what belongs to no stream of a caller. One thread at a time. */
    private final CudaStream ownStream;

    private final Transfers transfers;

    private volatile boolean closed;

    /**
     * Finds the kernels that this build carries, and loads those that take every shape.
     *
     * @param device closed with the backend; still the caller's if this fails
     * @throws IllegalStateException in one sentence, if there are no kernels for this device
     * @throws CudaException if the driver refuses them
     */
    public GpuBackend(CudaDevice device) {
        this.device = device;
        try {
            Kernels kernels = Kernels.find(device, arena);
            plain = new PlainKernels(kernels);
            tuned = new TunedKernels(kernels, device.sharedLimit());
            ownStream = device.stream(arena);
            transfers = new Transfers(device, arena, ownStream);
            weights = new WeightStore(this, arena, device.stream(arena));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    CudaDevice device() {
        return device;
    }

    GpuArguments arguments() {
        return arguments;
    }

    PlainKernels plain() {
        return plain;
    }

    TunedKernels tuned() {
        return tuned;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the backend is closed");
        }
    }

    /** The device that computes, as its maker calls it. */
    @Override
    public String name() {
        return "cuda " + device;
    }

    @Override
    public Buffer allocate(Arena owner, long bytes) {
        requireOpen();
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: must not be negative, but is " + bytes);
        }
        DeviceMemory memory = take(owner, Math.max(1, bytes));
        carry((stream, _) -> stream.fill(memory, 0, memory.byteSize(), (byte) 0));
        return new GpuBuffer(this, memory.slice(0, bytes));
    }

    /** Memory on the device, not cleared. */
    DeviceMemory take(Arena owner, long bytes) {
        return orOutOfMemory(() -> device.allocate(owner, bytes), bytes, "on " + device);
    }

    /** Memory on the host that the device copies from and to. */
    PinnedMemory pin(Arena owner, long bytes) {
        return orOutOfMemory(
                () -> device.pinned(owner, bytes), bytes, "for copies to and from " + device);
    }

    private static <T> T orOutOfMemory(Supplier<T> action, long bytes, String where) {
        try {
            return action.get();
        } catch (CudaException e) {
            if (!e.isOutOfMemory()) {
                throw e;
            }
            OutOfMemoryError error =
                    new OutOfMemoryError("there are no %,d bytes left %s".formatted(bytes, where));
            error.initCause(e);
            throw error;
        }
    }

    /**
     * Has the device do something, after all that it was given before, and waits until it is done.
     */
    synchronized void carry(BiConsumer<CudaStream, Transfers> action) {
        requireOpen();
        device.await();
        action.accept(ownStream, transfers);
        ownStream.await();
    }

    @Override
    public Matrix hold(Weight weight) {
        requireOpen();
        return weights.hold(weight);
    }

    @Override
    public KeyValues newCache(KvFormat format, int layers, int capacity, int dim) {
        requireOpen();
        return new GpuKeyValues(this, format, layers, capacity, dim);
    }

    @Override
    public Stream newStream() {
        requireOpen();
        return new GpuStream(this);
    }

    @Override
    public MappingGuard guard(MemorySegment mapping) {
        requireOpen();
        return weights.guard(mapping);
    }

    @Override
    public long expertsScratch(long rows, int k, int experts, long hidden, long width) {
        Arguments.expertsScratch(rows, k, experts, hidden, width);
        return Math.max(
                ExpertsScratch.of(0, rows, k, experts, hidden, width).end(),
                TunedExpertsScratch.of(0, rows, k, experts, hidden, width).end());
    }

    @Override
    public long convolveScratch(Convolution shape) {
        return Arguments.convolveScratch(shape);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        transfers.close();
        weights.close();
        arena.close();
        device.close();
    }
}
