package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.Spans;
import io.step3.ops.WeightType;
import io.step3.ops.gpu.CheckTable.Work;
import io.step3.ops.gpu.KernelCheck.Distance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What is done to each row or number by itself, and the router. */
final class RowCheck {
    private static final double NEAR = 1e-6;

    /** Rounding to f16, relative to the norm of a row: half of 2^-11 at most. */
    private static final double NEAR_F16 = 5e-4;

    private static final int DIM = AttentionKernels.DIM;
    private static final int CHOICES = 3;
    private static final float EPSILON = 1e-5f;

    private final KernelCheck check;
    private final DeviceBench b;
    private final int hidden;

    RowCheck(KernelCheck check) {
        this.check = check;
        b = check.b();
        hidden = check.size(200, 7168);
    }

    void all() {
        for (int tokens : check.sizes(new int[] {1, 7}, 1, 64, 4096)) {
            norm(tokens);
            silu(tokens);
            rotate(tokens);
            append(tokens);
            router(tokens);
        }
    }

    private void norm(int tokens) {
        DeviceBench.Held gain = b.weights(WeightType.BF16, 1, 1, hidden);
        float[] x = b.floats(tokens, hidden, 6);
        Buffer in = b.buffer(x);
        Buffer out = b.poisoned(x.length);
        Runnable work = () -> b.stream.rmsNorm(out, in, gain.matrix(), tokens, EPSILON);
        float[] actual = check.twice("rms norm", out, work);
        double worst = 0;
        for (int t = 0; t < tokens; t++) {
            double squares = 0;
            for (int i = 0; i < hidden; i++) {
                squares += (double) x[t * hidden + i] * x[t * hidden + i];
            }
            double scale = 1 / Math.sqrt(squares / hidden + EPSILON);
            Distance distance = new Distance();
            for (int i = 0; i < hidden; i++) {
                double expected = x[t * hidden + i] * scale * gain.at(0, 0, i);
                distance.add(expected, actual[t * hidden + i]);
            }
            worst = Math.max(worst, distance.relative());
        }
        row("rms norm", tokens, work, 8.0 * x.length, worst, NEAR);
    }

    private void silu(int tokens) {
        float[] gate = b.floats(tokens, hidden, 3);
        float[] up = b.floats(tokens, hidden, 3);
        Buffer from = b.buffer(gate);
        Buffer factor = b.buffer(up);
        Buffer out = b.poisoned(gate.length);
        Runnable work = () -> b.stream.siluMultiply(out, factor, gate.length);
        float[] actual =
                check.twice(
                        "silu",
                        out,
                        () -> {
                            b.stream.copy(out, from);
                            work.run();
                        });
        Distance distance = new Distance();
        for (int i = 0; i < gate.length; i++) {
            distance.add(gate[i] / (1 + Math.exp(-gate[i])) * up[i], actual[i]);
        }
        row("silu", tokens, work, 12.0 * gate.length, distance.relative(), NEAR);
    }

    /** Keys at the end of a long sequence, where angles are large. */
    private void rotate(int tokens) {
        int first = check.size(1000, 60_000);
        float[] x = b.floats(tokens, DIM, 2);
        float[] frequencies = new float[DIM / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.pow(500_000, -2.0 * i / DIM);
        }
        Buffer inverse = b.buffer(frequencies);
        Buffer from = b.buffer(x);
        Buffer out = b.poisoned(x.length);
        try (KeyValues cache = b.backend.newCache(KvFormat.F16, 1, first + tokens, DIM)) {
            Spans spans = new Spans();
            spans.add(cache, first, tokens);
            Runnable work = () -> b.stream.rotate(out, spans, 1, DIM, inverse);
            float[] actual =
                    check.twice(
                            "rotate",
                            out,
                            () -> {
                                b.stream.copy(out, from);
                                work.run();
                            });
            Distance distance = new Distance();
            for (int t = 0; t < tokens; t++) {
                for (int i = 0; i < DIM / 2; i++) {
                    double angle = (float) (first + t) * frequencies[i];
                    double re = x[t * DIM + i];
                    double im = x[t * DIM + i + DIM / 2];
                    double cos = Math.cos(angle);
                    double sin = Math.sin(angle);
                    distance.add(re * cos - im * sin, actual[t * DIM + i]);
                    distance.add(im * cos + re * sin, actual[t * DIM + i + DIM / 2]);
                }
            }
            row("rotate", tokens, work, 8.0 * x.length, distance.relative(), NEAR);
        }
    }

    private void append(int tokens) {
        float[] keys = b.floats(tokens, DIM, 2);
        float[] values = b.floats(tokens, DIM, 2);
        Buffer k = b.buffer(keys);
        Buffer v = b.buffer(values);
        try (KeyValues cache = b.backend.newCache(KvFormat.F16, 1, tokens, DIM)) {
            Spans spans = new Spans();
            spans.add(cache, 0, tokens);
            Runnable work = () -> b.stream.append(k, v, spans, 0);
            work.run();
            Distance distance = new Distance();
            MemorySegment seen = b.stream.viewKeys(cache, 0, tokens);
            for (int i = 0; i < keys.length; i++) {
                distance.add(keys[i], seen.getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
            seen = b.stream.viewValues(cache, 0, tokens);
            for (int i = 0; i < values.length; i++) {
                distance.add(values[i], seen.getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
            row("append f16", tokens, work, 12.0 * keys.length, distance.relative(), NEAR_F16);
        }
    }

    /**
     * The logits, the choice, and who has chosen whom; experts that are as good come either way.
     */
    private void router(int tokens) {
        int experts = check.size(13, 48);
        DeviceBench.Held w = b.weights(WeightType.F32, 1, experts, hidden);
        float[] x = b.floats(tokens, hidden, 0);
        for (int i = 0; i < x.length; i++) {
            x[i] /= (float) Math.sqrt(hidden);
        }
        Buffer in = b.buffer(x);
        Buffer logits = b.poisoned(tokens * experts);
        Buffer ids = b.poisoned(tokens * CHOICES);
        Buffer shares = b.poisoned(tokens * CHOICES);
        Runnable work =
                () -> {
                    b.stream.linear(logits, in, w.matrix(), null, tokens);
                    b.stream.route(ids, shares, logits, tokens, experts, CHOICES, true);
                };
        float[] actual = check.twice("router", shares, work);
        int[] chosen = new int[tokens * CHOICES];
        b.stream.read(MemorySegment.ofArray(chosen), ids);
        double worst = 0;
        for (int t = 0; t < tokens; t++) {
            worst = Math.max(worst, routed(w, x, t, chosen, actual));
        }
        double bytes = w.bytes() + 4.0 * (x.length + 2.0 * tokens * experts);
        row("router", tokens, work, bytes, worst, 1e-5);
        group(tokens, experts, ids, chosen);
    }

    /** The largest difference of a share from the one that its place must have. */
    private double routed(DeviceBench.Held w, float[] x, int t, int[] chosen, float[] shares) {
        double[] powers = new double[w.rows()];
        for (int e = 0; e < powers.length; e++) {
            double sum = 0;
            for (int c = 0; c < hidden; c++) {
                sum += w.at(0, e, c) * x[t * hidden + c];
            }
            powers[e] = Math.exp(sum);
        }
        double[] best = Arrays.stream(powers).sorted().toArray();
        double all = 0;
        for (int j = 1; j <= CHOICES; j++) {
            all += best[best.length - j];
        }
        double worst = 0;
        for (int j = 0; j < CHOICES; j++) {
            double expected = best[best.length - 1 - j] / all;
            double own = powers[chosen[t * CHOICES + j]] / all;
            worst = Math.max(worst, Math.abs(expected - own));
            double error = Math.abs(expected - shares[t * CHOICES + j]);
            worst = Math.max(worst, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
        }
        return worst;
    }

    /** By expert, of each the lower places first. */
    private void group(int tokens, int experts, Buffer ids, int[] chosen) {
        int places = chosen.length;
        int most = Math.min(places, experts);
        GpuArguments arguments = b.backend.arguments();
        Buffer used = b.poisoned(most);
        Buffer from = b.poisoned(experts + 1);
        Buffer order = b.poisoned(places);
        Buffer fault = b.buffer(new int[4]);
        Kernel kernel = b.backend.tuned().group();
        try (Arena arena = Arena.ofConfined()) {
            Launcher launcher = new Launcher(arena, check.stream());
            Runnable work =
                    () ->
                            launcher.with(kernel)
                                    .int64(arguments.numbers("used", used))
                                    .int64(arguments.numbers("from", from))
                                    .int64(arguments.numbers("order", order))
                                    .int64(arguments.numbers("ids", ids))
                                    .int64(arguments.numbers("fault", fault))
                                    .int32(places)
                                    .int32(experts)
                                    .int32(most)
                                    .int32(0)
                                    .blocks(1, 1, 1, kernel.cuda().sharedBytes());
            work.run();
            int[] wanted =
                    IntStream.range(0, places)
                            .boxed()
                            .sorted((p, q) -> Integer.compare(chosen[p], chosen[q]))
                            .mapToInt(p -> p)
                            .toArray();
            int[] starts = new int[experts + 1];
            for (int e = 0; e <= experts; e++) {
                int below = e;
                starts[e] = (int) Arrays.stream(chosen).filter(c -> c < below).count();
            }
            int[] somebodys = Arrays.stream(chosen).distinct().sorted().toArray();
            int known = somebodys.length;
            somebodys = Arrays.copyOf(somebodys, most);
            Arrays.fill(somebodys, known, most, -1);
            boolean same =
                    Arrays.equals(wanted, ints(order))
                            && Arrays.equals(starts, ints(from))
                            && Arrays.equals(somebodys, ints(used))
                            && Arrays.equals(new int[4], ints(fault));
            double error = same ? 0 : Double.POSITIVE_INFINITY;
            row("grouping", tokens, work, 8.0 * places, error, 0);
        }
    }

    private int[] ints(Buffer from) {
        int[] x = new int[(int) (from.bytes() / Integer.BYTES)];
        b.stream.read(MemorySegment.ofArray(x), from);
        return x;
    }

    private void row(
            String what, int tokens, Runnable work, double bytes, double error, double allowed) {
        check.table()
                .row(what, tokens + " tokens", check.time(work), Work.of(bytes), error, allowed);
    }
}
