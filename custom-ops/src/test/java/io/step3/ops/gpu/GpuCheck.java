package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.Matrix;
import io.step3.ops.Spans;
import io.step3.ops.WeightType;
import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaEvent;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import io.step3.ops.cuda.PinnedMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What {@code gpu-check.sh} runs: ceilings of the device measured with copies, and the kernels of
 * the network's shapes against float64 and those ceilings, on fresh random numbers. Prints a table
 * and writes it as JSON. On the emulated device shapes are small, and times mean nothing.
 */
final class GpuCheck {
    private static final int L2_BYTES = 38; // a CUdevice_attribute
    private static final double NEAR = 5e-7;
    private static final double NEAR_F16 = 6e-3;
    private static final int HEADS = AttentionKernels.HEADS;
    private static final int DIM = AttentionKernels.DIM;

    private final List<String> json = new ArrayList<>();
    private final DeviceBench b;
    private final CudaDevice device;
    private final boolean emulated;
    private double copyRate;
    private boolean failed;

    private GpuCheck(DeviceBench b) {
        this.b = b;
        device = b.backend.device();
        emulated = device.name().startsWith("emulated");
    }

    public static void main(String[] arguments) throws IOException {
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
        try (DeviceBench b = DeviceBench.on(System.getenv("STEP3_CUDA"), seed)) {
            GpuCheck check = new GpuCheck(b);
            check.all(seed);
            Files.writeString(
                    Path.of(arguments[0]), "[\n  " + String.join(",\n  ", check.json) + "\n]\n");
            System.exit(check.failed ? 1 : 0);
        }
    }

    private void all(long seed) {
        say(
                "%s, sm_%d, %d multiprocessors, %.1f GiB, driver for CUDA %d.%d; seed %d%s%n",
                device.name(),
                device.architecture(),
                device.multiprocessors(),
                device.totalMemory() / (double) (1L << 30),
                device.driverVersion() / 1000,
                device.driverVersion() % 1000 / 10,
                seed,
                emulated ? "; EMULATED: TIMES MEAN NOTHING" : "");
        json.add(
                "{\"device\": \"%s\", \"architecture\": %d, \"driver\": %d, \"seed\": %d, \"emulated\": %b}"
                        .formatted(
                                device.name().replace("\"", ""),
                                device.architecture(),
                                device.driverVersion(),
                                seed,
                                emulated));
        say("%-16s %-26s %10s %12s %7s %9s%n", "what", "size", "us", "rate", "of copy", "error");
        ceilings();
        int hidden = emulated ? 200 : 7168;
        int width = emulated ? 150 : 5120;
        for (WeightType type : List.of(WeightType.F8_E4M3, WeightType.BF16)) {
            for (int tokens : emulated ? new int[] {1, 9, 66} : new int[] {1, 4, 16, 64, 512}) {
                linear(type, tokens, hidden, width);
            }
        }
        for (int length : emulated ? new int[] {130, 300} : new int[] {1000, 8000, 32000}) {
            attention(1, length, 1);
        }
        attention(emulated ? 3 : 16, emulated ? 90 : 8000, 1);
        attention(1, emulated ? 40 : 2000, emulated ? 5 : 256);
    }

    private void ceilings() {
        long bytes = emulated ? 1 << 20 : 1 << 28;
        try (Arena arena = Arena.ofShared()) {
            CudaStream stream = device.stream(arena);
            DeviceMemory from = device.allocate(arena, bytes);
            DeviceMemory to = device.allocate(arena, bytes);
            PinnedMemory host = device.pinned(arena, bytes);
            host.segment().fill((byte) 1);
            double up = timed(arena, stream, () -> stream.upload(from, 0, host, 0, bytes));
            row("upload", bytes + " B", up, bytes, Double.NaN, Double.NaN, 0);
            double down = timed(arena, stream, () -> stream.download(host, 0, from, 0, bytes));
            row("download", bytes + " B", down, bytes, Double.NaN, Double.NaN, 0);
            double copy = timed(arena, stream, () -> stream.copy(to, 0, from, 0, bytes));
            copyRate = 2 * bytes / copy;
            row("copy", bytes + " B", copy, 2 * bytes, Double.NaN, Double.NaN, 0);
        }
    }

    /** Microseconds on the device, the median of 21. */
    private double timed(Arena arena, CudaStream stream, Runnable work) {
        CudaEvent before = device.timer(arena);
        CudaEvent after = device.timer(arena);
        double[] times = new double[emulated ? 3 : 21];
        for (int i = -3; i < times.length; i++) {
            stream.record(before);
            work.run();
            stream.record(after);
            after.await();
            times[Math.max(i, 0)] = after.millisecondsSince(before) * 1e3;
        }
        Arrays.sort(times);
        return times[times.length / 2];
    }

    /** Microseconds of one of ten in a row, launches and all, the median of 11. */
    private double timed(Runnable[] works) {
        int inRow = emulated ? 1 : 10;
        double[] times = new double[emulated ? 1 : 11];
        int next = 0;
        for (int i = emulated ? 0 : -2; i < times.length; i++) {
            b.stream.await();
            long begin = System.nanoTime();
            for (int j = 0; j < inRow; j++) {
                works[next++ % works.length].run();
            }
            b.stream.await();
            times[Math.max(i, 0)] = (System.nanoTime() - begin) / 1e3 / inRow;
        }
        Arrays.sort(times);
        return times[times.length / 2];
    }

    private void linear(WeightType type, int tokens, int cols, int rows) {
        DeviceBench.Held w = b.weights(type, 1, rows, cols);
        float[] x = b.floats(tokens, cols, 4);
        Buffer out = b.poisoned(tokens * rows);
        Buffer in = b.buffer(x);
        b.stream.linear(out, in, w.matrix(), null, tokens);
        float[] actual = b.read(out);
        double worst = 0;
        for (int t = 0; t < tokens; t += Math.max(1, tokens / 4)) {
            double difference = 0;
            double terms = 0;
            for (int r = t % 7; r < rows; r += Math.max(1, rows / 97)) {
                double sum = 0;
                for (int c = 0; c < cols; c++) {
                    double term = w.at(0, r, c) * x[t * cols + c];
                    sum += term;
                    terms += term * term;
                }
                difference += Math.pow(sum - actual[t * rows + r], 2);
            }
            worst = Math.max(worst, worse(Math.sqrt(difference / terms)));
        }
        b.stream.linear(out, in, w.matrix(), null, tokens);
        sameBits("linear", actual, b.read(out));
        long bytes = (long) rows * cols * (type == WeightType.F8_E4M3 ? 1 : 2);
        // More than the cache holds, so that weights come from memory.
        int copies = emulated ? 1 : (int) Math.clamp(3L * device.attribute(L2_BYTES) / bytes, 1, 8);
        Runnable[] works = new Runnable[copies];
        for (int i = 0; i < copies; i++) {
            Matrix m = i == 0 ? w.matrix() : b.weights(type, 1, rows, cols).matrix();
            works[i] = () -> b.stream.linear(out, in, m, null, tokens);
        }
        row(
                "linear " + (type == WeightType.F8_E4M3 ? "fp8" : "bf16"),
                "%d tokens %d x %d".formatted(tokens, rows, cols),
                timed(works),
                bytes,
                2.0 * tokens * rows * cols,
                worst,
                NEAR);
    }

    /** Rows at the end of sequences that are equally long. */
    private void attention(int sequences, int length, int rows) {
        Spans spans = new Spans();
        List<KeyValues> caches = new ArrayList<>();
        float[] keys = b.floats(length, DIM, 1);
        float[] values = b.floats(length, DIM, 1);
        for (int s = 0; s < sequences; s++) {
            KeyValues cache = b.backend.newCache(KvFormat.F16, 1, length, DIM);
            Spans all = new Spans();
            all.add(cache, 0, length);
            b.stream.append(b.buffer(keys), b.buffer(values), all, 0);
            spans.add(cache, length - rows, rows);
            caches.add(cache);
        }
        float[] q = b.floats(sequences * rows * HEADS, DIM, 2);
        Buffer in = b.buffer(q);
        Buffer out = b.poisoned(q.length);
        Runnable attend = () -> b.stream.attention(out, in, spans, 0, HEADS, 1f / 16);
        attend.run();
        float[] actual = b.read(out);
        double worst = 0;
        for (int r = 0; r < sequences * rows; r += Math.max(1, sequences * rows / 4)) {
            int seen = length - rows + r % rows + 1;
            for (int h = r % 5; h < HEADS; h += 21) {
                int at = (r * HEADS + h) * DIM;
                worst = Math.max(worst, error(actual, at, q, keys, values, seen));
            }
        }
        attend.run();
        sameBits("attention", actual, b.read(out));
        row(
                rows == 1 ? "decode attention" : "prefill attention",
                "%d x %d of %d".formatted(sequences, rows, length),
                timed(new Runnable[] {attend}),
                (long) sequences * length * DIM * 2 * Short.BYTES,
                4.0 * sequences * rows * HEADS * DIM * (length - rows / 2.0),
                worst,
                NEAR_F16);
        caches.forEach(KeyValues::close);
    }

    private static double error(
            float[] actual, int at, float[] q, float[] keys, float[] values, int seen) {
        double[] scores = new double[seen];
        double largest = Double.NEGATIVE_INFINITY;
        for (int t = 0; t < seen; t++) {
            for (int i = 0; i < DIM; i++) {
                scores[t] += (double) q[at + i] * keys[t * DIM + i] / 16;
            }
            largest = Math.max(largest, scores[t]);
        }
        double[] mixed = new double[DIM];
        double sum = 0;
        for (int t = 0; t < seen; t++) {
            double weight = Math.exp(scores[t] - largest);
            sum += weight;
            for (int i = 0; i < DIM; i++) {
                mixed[i] += weight * values[t * DIM + i];
            }
        }
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < DIM; i++) {
            difference += Math.pow(mixed[i] / sum - actual[at + i], 2);
            norm += Math.pow(mixed[i] / sum, 2);
        }
        return worse(Math.sqrt(difference / norm));
    }

    /** NaN is as wrong as can be. */
    private static double worse(double error) {
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    private void sameBits(String what, float[] first, float[] second) {
        if (!Arrays.equals(first, second)) {
            failed = true;
            say("%-16s FAIL: the same numbers gave other bits the second time%n", what);
        }
    }

    /**
     * A line of the table.
     *
     * @param bytes read and written at least
     * @param flops NaN for copies
     * @param allowed the largest error that passes
     */
    private void row(
            String what,
            String size,
            double us,
            double bytes,
            double flops,
            double error,
            double allowed) {
        boolean pass = Double.isNaN(error) || error <= allowed;
        failed |= !pass;
        boolean byBytes = Double.isNaN(flops) || flops / bytes < 100;
        String rate =
                byBytes
                        ? "%.0f GB/s".formatted(bytes / us / 1e3)
                        : "%.1f TF/s".formatted(flops / us / 1e6);
        double share = byBytes && copyRate > 0 ? 100 * bytes / us / copyRate : Double.NaN;
        say(
                "%-16s %-26s %10.1f %12s %7s %9s %s%n",
                what,
                size,
                us,
                rate,
                Double.isNaN(share) ? "" : "%.0f %%".formatted(share),
                Double.isNaN(error) ? "" : "%.1e".formatted(error),
                Double.isNaN(error) ? "" : pass ? "PASS" : "FAIL");
        json.add(
                "{\"what\": \"%s\", \"size\": \"%s\", \"us\": %.3f, \"rate\": \"%s\", \"share\": %s, \"error\": %s, \"pass\": %b}"
                        .formatted(what, size, us, rate, number(share), number(error), pass));
    }

    private static String number(double x) {
        return Double.isFinite(x) ? Double.toString(x) : "null";
    }

    private static void say(String format, Object... arguments) {
        System.out.printf(Locale.ROOT, format, arguments);
    }
}
