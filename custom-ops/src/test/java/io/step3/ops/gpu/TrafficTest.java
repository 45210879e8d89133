package io.step3.ops.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.ops.Buffer;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.Spans;
import io.step3.ops.WeightType;
import org.junit.jupiter.api.Test;

/**
 * What one token makes a device move, launch and wait for, counted on the emulated one: a kernel
 * that grows slower in a way that needs no clock is seen here.
 */
class TrafficTest {

    /** What a piece of work has cost; whole sectors are what memory moves. */
    private record Cost(
            long launches, long sectorBytes, long copied, long written, long conflicts) {

        static Cost of(DeviceBench b, Runnable work) {
            b.stream.await();
            b.device.resetCounts();
            work.run();
            b.stream.await();
            return new Cost(
                    b.device.count("launches"),
                    b.device.count("read_sectors") * 32,
                    b.device.count("copied_bytes"),
                    b.device.count("written_bytes"),
                    b.device.count("bank_conflicts"));
        }

        void assertWithin(long mostLaunches, double mostRead, double mostWritten, long of) {
            assertEquals(0, conflicts, "bank conflicts");
            assertTrue(launches > 0 && launches <= mostLaunches, this::toString);
            assertTrue(sectorBytes <= mostRead * of, () -> this + " reads too much of " + of);
            assertTrue(written <= mostWritten * of, () -> this + " writes too much of " + of);
        }
    }

    /** The activations, which every block reads, are counted as if no cache helped. */
    @Test
    void aTokenReadsEachWeightOnce() {
        try (DeviceBench b = new DeviceBench(90, 1)) {
            int rows = 1024;
            int cols = 2048;
            DeviceBench.Held w = b.weights(WeightType.F8_E4M3, 1, rows, cols);
            Buffer x = b.buffer(b.floats(1, cols, 1));
            Buffer out = b.poisoned(rows);
            Cost cost = Cost.of(b, () -> b.stream.linear(out, x, w.matrix(), null, 1));
            cost.assertWithin(2, 1.3, 0.01, (long) rows * cols);
        }
    }

    /** Tokens that are not there are neither read nor computed. */
    @Test
    void aTokenOfFewOutputsReadsItsInputsOnceForEach() {
        try (DeviceBench b = new DeviceBench(90, 3)) {
            int rows = 48;
            int cols = 1024;
            DeviceBench.Held w = b.weights(WeightType.F32, 1, rows, cols);
            Buffer x = b.buffer(b.floats(1, cols, 1));
            Buffer out = b.poisoned(rows);
            Cost cost = Cost.of(b, () -> b.stream.linear(out, x, w.matrix(), null, 1));
            cost.assertWithin(1, 2.01, 0.01, (long) rows * cols * Float.BYTES);
        }
    }

    /** What the splits leave for the last to join is half as much again. */
    @Test
    void attentionReadsEachKeyAndValueOnce() {
        try (DeviceBench b = new DeviceBench(90, 2)) {
            int length = 2048;
            int dim = AttentionKernels.DIM;
            int heads = AttentionKernels.HEADS;
            try (KeyValues cache = b.backend.newCache(KvFormat.F16, 1, length, dim)) {
                Spans all = new Spans();
                all.add(cache, 0, length);
                b.stream.append(
                        b.buffer(b.floats(length, dim, 1)),
                        b.buffer(b.floats(length, dim, 1)),
                        all,
                        0);
                Spans last = new Spans();
                last.add(cache, length - 1, 1);
                Buffer q = b.buffer(b.floats(heads, dim, 1));
                Buffer out = b.poisoned(heads * dim);
                Cost cost = Cost.of(b, () -> b.stream.attention(out, q, last, 0, heads, 1f / 16));
                long bytes = 2L * length * dim * Short.BYTES;
                assertEquals(bytes, cost.copied, "bytes of the cache that are copied");
                cost.assertWithin(3, 2.8, 0.55, bytes);
            }
        }
    }
}
