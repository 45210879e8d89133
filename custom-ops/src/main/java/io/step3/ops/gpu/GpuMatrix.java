package io.step3.ops.gpu;

import io.step3.ops.Format;
import io.step3.ops.Matrix;
import io.step3.ops.Weight;
import io.step3.ops.cuda.DeviceMemory;

/**
 * Weights in a device's memory: rows at a pitch of whole {@value #ALIGNMENT} bytes, the gaps zero;
 * behind them the scales as they are in the checkpoint. Those that another library owns have no
 * gaps, and their scales anywhere.
 */
final class GpuMatrix implements Matrix {

    /** What rows begin at a multiple of, in bytes. */
    static final int ALIGNMENT = 128;

    private final GpuBackend backend;
    private final DeviceMemory memory;
    private final DeviceMemory scales;
    private final int count;
    private final long rows;
    private final long cols;
    private final Format format;
    private final long pitch;
    private final boolean finite;

    /**
     * Weights that were held.
     *
     * @param memory rows and scales
     * @param finite whether no code of it stands for NaN
     */
    GpuMatrix(GpuBackend backend, DeviceMemory memory, Weight weight, boolean finite) {
        this.backend = backend;
        this.memory = memory;
        this.finite = finite;
        count = weight.count();
        rows = weight.rows();
        cols = weight.cols();
        format = weight.format();
        pitch = pitch(weight);
        long data = dataBytes(weight);
        scales = memory.slice(data, memory.byteSize() - data);
    }

    /**
     * Codes that another library owns, a row right behind another. Nobody has looked whether some
     * stand for NaN.
     */
    GpuMatrix(
            GpuBackend backend,
            DeviceMemory codes,
            DeviceMemory scales,
            Format format,
            int count,
            long rows,
            long cols) {
        this.backend = backend;
        this.memory = codes;
        this.scales = scales;
        this.format = format;
        this.count = count;
        this.rows = rows;
        this.cols = cols;
        pitch = cols;
        finite = false;
    }

    /** Bytes from a row to the next. */
    static long pitch(Weight weight) {
        return roundUp(weight.format().bytes(1, weight.cols()), ALIGNMENT);
    }

    /** Bytes of all rows. */
    static long dataBytes(Weight weight) {
        return Math.multiplyExact(
                Math.multiplyExact(pitch(weight), weight.rows()), (long) weight.count());
    }

    static long roundUp(long bytes, long multiple) {
        return Math.multiplyExact(Math.ceilDiv(bytes, multiple), multiple);
    }

    GpuBackend backend() {
        return backend;
    }

    /** Where the first row begins. */
    long address() {
        return memory.address();
    }

    /** Where the scales begin: {@code [count, ceil(rows / block), ceil(cols / block)]}. */
    long scales() {
        return scales.address();
    }

    /** Bytes from a row to the next. */
    long pitch() {
        return pitch;
    }

    /** Bytes from a matrix to the next. */
    long matrixBytes() {
        return pitch * rows;
    }

    /**
     * Whether no code of it stands for NaN; plain kernels do not mind, those that widen codes by
     * shifting do.
     */
    boolean isFinite() {
        return finite;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public long cols() {
        return cols;
    }

    @Override
    public Format format() {
        return format;
    }
}
