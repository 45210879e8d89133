package io.step3.ops.gpu;

import io.step3.ops.Arguments;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Convolution;
import io.step3.ops.Format;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.MappingGuard;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
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

    /**
     * Memory of the device that another library owns, such as a tensor of PyTorch's, to be computed
     * with where it lies. It is in the device's primary context; the caller sees to it that it is
     * not freed while an operation works with it, and that what wrote it is done.
     *
     * @param address of its first byte, on the device
     */
    public Buffer lend(long address, long bytes) {
        requireOpen();
        return new GpuBuffer(this, DeviceMemory.lent(address, bytes));
    }

    /**
     * Block-fp8 weights of the device that another library owns: see {@link #lend(long, long)}.
     *
     * @param codes address of {@code [count, rows, cols]} codes, a multiple of 4
     * @param scales address of float32 scales, one for each {@code block x block} codes of a matrix
     * @param block rows, and columns, that share a scale
     * @param cols a multiple of 4, as kernels read four codes at a time
     * @throws IllegalArgumentException if rows do not begin at multiples of 4
     */
    public Matrix lend(long codes, long scales, int block, int count, long rows, long cols) {
        requireOpen();
        if (codes % 4 != 0 || cols % 4 != 0) {
            throw new IllegalArgumentException(
                    "on a device rows of fp8 must begin at multiples of four bytes: %d columns from address %#x do not"
                            .formatted(cols, codes));
        }
        Format format = new Format.Blocks(WeightType.F8_E4M3, block, block, MemorySegment.NULL);
        long scaleBytes = Math.multiplyExact(format.scaleBytes(rows, cols), count);
        return new GpuMatrix(
                this,
                DeviceMemory.lent(codes, Math.multiplyExact(format.bytes(rows, cols), count)),
                DeviceMemory.lent(scales, scaleBytes),
                format,
                count,
                rows,
                cols);
    }

    /** Waits until all that anybody has given to the device is done. */
    public void await() {
        requireOpen();
        device.await();
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
