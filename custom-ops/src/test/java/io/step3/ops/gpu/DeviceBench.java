package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.Format;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import io.step3.ops.cuda.CudaDriver;
import io.step3.ops.cuda.EmulatedDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A backend on a device, and random numbers for it, all from one seed. */
final class DeviceBench implements AutoCloseable {
    /** What it is seen from behind, if it is the emulated one. */
    final EmulatedDevice device;

    final GpuBackend backend;
    final Stream stream;
    final SplittableRandom random;
    final Arena arena = Arena.ofShared();

    /**
     * @param architecture 90 for sm_90, whose limits the device then has
     */
    DeviceBench(int architecture, long seed) {
        this(
                EmulatedBackend.device().set("SM", architecture),
                open(EmulatedDevice.library()),
                seed);
    }

    private DeviceBench(@Nullable EmulatedDevice device, GpuBackend backend, long seed) {
        this.device = device;
        this.backend = backend;
        stream = backend.newStream();
        random = new SplittableRandom(seed);
    }

    /**
     * On the first device of a driver, whatever it is.
     *
     * @param library null for the system's
     */
    static DeviceBench on(@Nullable String library, long seed) {
        return new DeviceBench(null, open(library), seed);
    }

    private static GpuBackend open(@Nullable String library) {
        return new GpuBackend(CudaDriver.open(library).device(0));
    }

    /** Normally distributed, times powers of two from 2^-range to 2^range, one for each row. */
    float[] floats(int rows, int cols, int range) {
        float[] x = new float[rows * cols];
        for (int r = 0; r < rows; r++) {
            double scale = Math.scalb(1.0, random.nextInt(-range, range + 1));
            for (int c = 0; c < cols; c++) {
                x[r * cols + c] = (float) (random.nextGaussian() * scale);
            }
        }
        return x;
    }

    Buffer buffer(float... x) {
        Buffer buffer = backend.allocate(arena, (long) Float.BYTES * x.length);
        stream.write(buffer, MemorySegment.ofArray(x));
        return buffer;
    }

    Buffer buffer(int... x) {
        Buffer buffer = backend.allocate(arena, (long) Integer.BYTES * x.length);
        stream.write(buffer, MemorySegment.ofArray(x));
        return buffer;
    }

    /** So many numbers that are NaN. */
    Buffer poisoned(int n) {
        Buffer buffer = backend.allocate(arena, (long) Float.BYTES * n);
        poison(buffer);
        return buffer;
    }

    /** Makes all numbers NaN. */
    void poison(Buffer buffer) {
        float[] x = new float[(int) (buffer.bytes() / Float.BYTES)];
        Arrays.fill(x, Float.NaN);
        stream.write(buffer, MemorySegment.ofArray(x));
    }

    float[] read(Buffer from) {
        float[] x = new float[(int) (from.bytes() / Float.BYTES)];
        stream.read(MemorySegment.ofArray(x), from);
        return x;
    }

    /** Matrices, and the numbers that they stand for. */
    record Held(Matrix matrix, Weight weight, int rows, int cols) {
        private static final double[] CODES = new double[256];

        static {
            Arrays.setAll(CODES, DeviceBench::e4m3);
        }

        double at(int matrix, int row, int col) {
            long i = ((long) matrix * rows + row) * cols + col;
            MemorySegment data = weight.data();
            return switch (weight.format().type()) {
                case F8_E4M3 ->
                        CODES[data.get(ValueLayout.JAVA_BYTE, i) & 0xff] * scale(matrix, row, col);
                case F32 -> data.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                default -> Float.intBitsToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16);
            };
        }

        private double scale(int matrix, int row, int col) {
            int inRow = Math.ceilDiv(cols, 128);
            long block = (long) matrix * Math.ceilDiv(rows, 128) * inRow + row / 128 * inRow;
            return weight.format().scales().getAtIndex(ValueLayout.JAVA_FLOAT, block + col / 128);
        }

        long bytes() {
            return weight.data().byteSize() / weight.count();
        }
    }

    /** Block-fp8 with 128 x 128 blocks of very different scales, bf16, or float32. */
    Held weights(WeightType type, int count, int rows, int cols) {
        long n = (long) count * rows * cols;
        boolean codes = type == WeightType.F8_E4M3;
        int bytes = codes ? 1 : type == WeightType.BF16 ? 2 : 4;
        MemorySegment data = arena.allocate(bytes * n, 16);
        float[] scales = new float[count * Math.ceilDiv(rows, 128) * Math.ceilDiv(cols, 128)];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (float) Math.pow(2, random.nextGaussian() * 2 - 8);
        }
        for (long i = 0; i < n; i++) {
            if (codes) {
                int code = random.nextInt(256);
                data.set(
                        ValueLayout.JAVA_BYTE, i, (byte) ((code & 0x7f) == 0x7f ? code - 1 : code));
            } else if (type == WeightType.F32) {
                data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            } else {
                short bits = (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >> 16);
                data.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
            }
        }
        Format format =
                codes
                        ? new Format.Blocks(
                                type, 128, 128, arena.allocateFrom(ValueLayout.JAVA_FLOAT, scales))
                        : Format.of(type);
        Weight weight = new Weight(format, data, count, rows, cols);
        return new Held(backend.hold(weight), weight, rows, cols);
    }

    static double e4m3(int code) {
        int exponent = code >> 3 & 15;
        int fraction = code & 7;
        double magnitude =
                exponent == 0
                        ? Math.scalb(fraction, -9)
                        : Math.scalb(1 + fraction / 8.0, exponent - 7);
        return (code & 0x80) == 0 ? magnitude : -magnitude;
    }

    @Override
    public void close() {
        stream.close();
        arena.close();
        backend.close();
    }
}
