package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Numbers of buffers in the host's memory as Java has them, and what is computed of rows of them.
 */
final class Floats {
    private Floats() {}

    /** The first numbers of a buffer. */
    static float[] of(Buffer from, long n) {
        float[] into = new float[Math.toIntExact(n)];
        read(from, 0, into, into.length);
        return into;
    }

    static void read(Buffer from, long index, float[] into, int n) {
        MemorySegment segment = HostBuffer.segment(from);
        MemorySegment.copy(
                segment, ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES, into, 0, n);
    }

    static void write(float[] from, int n, Buffer into, long index) {
        MemorySegment segment = HostBuffer.segment(into);
        MemorySegment.copy(
                from, 0, segment, ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES, n);
    }

    static float get(Buffer x, long index) {
        return HostBuffer.segment(x).getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
    }

    static void set(Buffer x, long index, float value) {
        HostBuffer.segment(x).setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index, value);
    }

    static int getInt(Buffer x, long index) {
        return HostBuffer.segment(x).getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index);
    }

    static void setInt(Buffer x, long index, int value) {
        HostBuffer.segment(x).setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index, value);
    }

    /**
     * Sums in eight accumulators: they do not wait for one another, and round off less than one.
     */
    static float dot(float[] a, int aFrom, float[] b, int bFrom, int n) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        int i = 0;
        for (; i <= n - 8; i += 8) {
            int p = aFrom + i;
            int q = bFrom + i;
            s0 += a[p] * b[q];
            s1 += a[p + 1] * b[q + 1];
            s2 += a[p + 2] * b[q + 2];
            s3 += a[p + 3] * b[q + 3];
            s4 += a[p + 4] * b[q + 4];
            s5 += a[p + 5] * b[q + 5];
            s6 += a[p + 6] * b[q + 6];
            s7 += a[p + 7] * b[q + 7];
        }
        for (; i < n; i++) {
            s0 += a[aFrom + i] * b[bFrom + i];
        }
        return ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7));
    }

    static float silu(float x) {
        return (float) (x / (1 + Math.exp(-x)));
    }

    /** Rounds to e4m3 and back, in groups that each have a scale. */
    static void fakeQuantize(float[] x, int from, int end, int group) {
        while (from < end) {
            int to = (int) Math.min((long) from + group, end);
            float scale = E4m3.scale(absmax(x, from, to));
            for (; from < to; from++) {
                x[from] = E4m3.decode(E4m3.encode(x[from] / scale)) * scale;
            }
        }
    }

    /** The largest magnitude; NaN if there is one. */
    static float absmax(float[] x, int from, int to) {
        float largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(x[i])); // NaN wins
        }
        return largest;
    }
}
