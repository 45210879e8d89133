package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.cuda.CudaEvent;
import io.step3.ops.cuda.CudaStream;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * What checks of kernels share: the device, where they write, and how they measure. On the emulated
 * device shapes are small, and nothing is run for its time alone.
 */
record KernelCheck(DeviceBench b, CheckTable table, boolean emulated) {
    private static final int L2_BYTES = 38; // a CUdevice_attribute

    /** The sum of squares of what is wrong, relative to that of what could be. */
    static final class Distance {
        private double difference;
        private double norm;

        void add(double expected, double actual) {
            add(expected, actual, expected * expected);
        }

        /**
         * @param square what rounding is relative to
         */
        void add(double expected, double actual, double square) {
            difference += (expected - actual) * (expected - actual);
            norm += square;
        }

        /** NaN is as wrong as can be. */
        double relative() {
            double error = Math.sqrt(difference / norm);
            return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
        }
    }

    CudaStream stream() {
        return ((GpuStream) b.stream).cuda();
    }

    /** The small sizes on the emulated device, the network's else. */
    int[] sizes(int[] small, int... real) {
        return emulated ? small : real;
    }

    int size(int small, int real) {
        return emulated ? small : real;
    }

    /** How many pieces of so many bytes are more than three times what the L2 cache holds. */
    int copies(long bytes) {
        long l2 = b.backend.device().attribute(L2_BYTES);
        return emulated ? 1 : (int) Math.clamp(3 * l2 / Math.max(1, bytes) + 1, 1, 64);
    }

    /** What some work writes where NaN was before; the second time it must be the same bits. */
    float[] twice(String what, Buffer out, Runnable work) {
        b.poison(out);
        work.run();
        float[] first = b.read(out);
        b.poison(out);
        work.run();
        if (!Arrays.equals(first, b.read(out))) {
            table.verdict(what, "twice", false, "the same numbers gave other bits");
        }
        return first;
    }

    /**
     * Microseconds on the device of one of ten in a row, the median of 51; by events.
     *
     * @param works the same on different memory, so that no cache holds what the next one reads
     */
    double time(Runnable... works) {
        int inRow = emulated ? 1 : 10;
        double[] times = new double[emulated ? 1 : 51];
        int next = 0;
        try (Arena arena = Arena.ofShared()) {
            CudaEvent before = b.backend.device().timer(arena);
            CudaEvent after = b.backend.device().timer(arena);
            for (int i = emulated ? 0 : -3; i < times.length; i++) {
                stream().record(before);
                for (int j = 0; j < inRow; j++) {
                    works[next++ % works.length].run();
                }
                stream().record(after);
                after.await();
                times[Math.max(i, 0)] = after.millisecondsSince(before) * 1e3 / inRow;
            }
        }
        Arrays.sort(times);
        return times[times.length / 2];
    }
}
