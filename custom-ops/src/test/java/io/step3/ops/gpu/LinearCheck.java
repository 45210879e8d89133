package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.WeightType;
import io.step3.ops.gpu.CheckTable.Work;
import io.step3.ops.gpu.KernelCheck.Distance;

/** Linear layers and experts against float64. */
final class LinearCheck {
    /** Relative to the norm of a dot product's terms, as in {@link TunedLinearTest}. */
    private static final double NEAR = 5e-7;

    private static final double NEAR_EXPERTS = 2e-6;
    private static final int CHOICES = 3;

    private final KernelCheck check;
    private final DeviceBench b;
    private final int hidden;
    private final int width;

    LinearCheck(KernelCheck check) {
        this.check = check;
        b = check.b();
        hidden = check.size(200, 7168);
        width = check.size(150, 5120);
    }

    void all() {
        for (WeightType type : new WeightType[] {WeightType.F8_E4M3, WeightType.BF16}) {
            DeviceBench.Held w = b.weights(type, 1, width, hidden);
            for (int tokens : check.sizes(new int[] {1, 9, 66}, 1, 4, 16, 64, 512, 4096)) {
                linear(w, type, tokens);
            }
        }
        int experts = check.size(5, 16);
        DeviceBench.Held gate = b.weights(WeightType.F8_E4M3, experts, width, hidden);
        DeviceBench.Held up = b.weights(WeightType.F8_E4M3, experts, width, hidden);
        DeviceBench.Held down = b.weights(WeightType.F8_E4M3, experts, hidden, width);
        for (int tokens : check.sizes(new int[] {1, 4, 40}, 1, 4, 16, 512)) {
            experts(gate, up, down, tokens);
        }
    }

    private void linear(DeviceBench.Held w, WeightType type, int tokens) {
        float[] x = b.floats(tokens, hidden, 4);
        Buffer in = b.buffer(x);
        Buffer out = b.poisoned(tokens * width);
        String what = "linear " + (type == WeightType.BF16 ? "bf16" : "fp8");
        float[] actual =
                check.twice(what, out, () -> b.stream.linear(out, in, w.matrix(), null, tokens));
        double worst = 0;
        for (int t = 0; t < tokens; t += Math.max(1, tokens / 4)) {
            Distance distance = new Distance();
            for (int r = t % 7; r < width; r += Math.max(1, width / 97)) {
                double sum = 0;
                double terms = 0;
                for (int c = 0; c < hidden; c++) {
                    double term = w.at(0, r, c) * x[t * hidden + c];
                    sum += term;
                    terms += term * term;
                }
                distance.add(sum, actual[t * width + r], terms);
            }
            worst = Math.max(worst, distance.relative());
        }
        Runnable[] works = new Runnable[check.copies(w.bytes())];
        for (int i = 0; i < works.length; i++) {
            Matrix copy = i == 0 ? w.matrix() : b.backend.hold(w.weight());
            works[i] = () -> b.stream.linear(out, in, copy, null, tokens);
        }
        check.table()
                .row(
                        what,
                        "%d tokens %d x %d".formatted(tokens, width, hidden),
                        check.time(works),
                        new Work(
                                w.bytes() + 4.0 * tokens * (hidden + width),
                                2.0 * tokens * width * hidden,
                                type == WeightType.BF16 ? 3 : 2),
                        worst,
                        NEAR);
    }

    /** Each token chooses three neighbours, the first by chance. */
    private void experts(
            DeviceBench.Held gate, DeviceBench.Held up, DeviceBench.Held down, int tokens) {
        int experts = gate.matrix().count();
        float[] x = b.floats(tokens, hidden, 1);
        int[] ids = new int[tokens * CHOICES];
        float[] shares = new float[ids.length];
        boolean[] chosen = new boolean[experts];
        int distinct = 0;
        for (int t = 0; t < tokens; t++) {
            int first = b.random.nextInt(experts);
            for (int j = 0; j < CHOICES; j++) {
                int id = (first + j) % experts;
                ids[t * CHOICES + j] = id;
                shares[t * CHOICES + j] = b.random.nextFloat();
                distinct += chosen[id] ? 0 : 1;
                chosen[id] = true;
            }
        }
        Buffer in = b.buffer(x);
        Buffer choices = b.buffer(ids);
        Buffer parts = b.buffer(shares);
        Buffer out = b.poisoned(tokens * hidden);
        Buffer scratch =
                b.backend.allocate(
                        b.arena, b.backend.expertsScratch(tokens, CHOICES, experts, hidden, width));
        Runnable work =
                () ->
                        b.stream.experts(
                                out,
                                in,
                                choices,
                                parts,
                                gate.matrix(),
                                up.matrix(),
                                down.matrix(),
                                tokens,
                                CHOICES,
                                0,
                                scratch);
        float[] actual = check.twice("experts fp8", out, work);
        double worst = 0;
        for (int t = 0; t < tokens; t += Math.max(1, tokens / 2)) {
            worst = Math.max(worst, error(gate, up, down, x, ids, shares, t, actual));
        }
        double matrices = 3.0 * width * hidden;
        check.table()
                .row(
                        "experts fp8",
                        "%d tokens, %d of %d".formatted(tokens, CHOICES, experts),
                        check.time(work),
                        new Work(
                                distinct * matrices + 8.0 * tokens * hidden,
                                2.0 * ids.length * matrices,
                                2),
                        worst,
                        NEAR_EXPERTS);
    }

    private double error(
            DeviceBench.Held gate,
            DeviceBench.Held up,
            DeviceBench.Held down,
            float[] x,
            int[] ids,
            float[] shares,
            int t,
            float[] actual) {
        double[] expected = new double[hidden];
        double[] squares = new double[hidden];
        int step = Math.max(1, hidden / 97);
        for (int j = t * CHOICES; j < (t + 1) * CHOICES; j++) {
            double[] gated = new double[width];
            for (int r = 0; r < width; r++) {
                double g = 0;
                double u = 0;
                for (int c = 0; c < hidden; c++) {
                    g += gate.at(ids[j], r, c) * x[t * hidden + c];
                    u += up.at(ids[j], r, c) * x[t * hidden + c];
                }
                gated[r] = g / (1 + Math.exp(-g)) * u;
            }
            for (int r = t % 3; r < hidden; r += step) {
                double sum = 0;
                for (int c = 0; c < width; c++) {
                    sum += down.at(ids[j], r, c) * gated[c];
                }
                expected[r] += shares[j] * sum;
                squares[r] += shares[j] * sum * shares[j] * sum;
            }
        }
        Distance distance = new Distance();
        for (int r = t % 3; r < hidden; r += step) {
            distance.add(expected[r], actual[t * hidden + r], squares[r]);
        }
        return distance.relative();
    }
}
