package io.step3.ops;

import java.util.Arrays;

/** The router and the experts in plain Java. */
final class JavaExperts {
    private JavaExperts() {}

    /** Softmax over the logits, and the most probable of each row. */
    static void route(
            Buffer ids,
            Buffer weights,
            Buffer probabilities,
            long rows,
            int experts,
            int k,
            boolean renormalise) {
        float[] row = new float[experts];
        for (long r = 0; r < rows; r++) {
            Floats.read(probabilities, r * experts, row, experts);
            softmax(row, r);
            Floats.write(row, experts, probabilities, r * experts);
            float chosenSum = 0;
            for (int j = 0; j < k; j++) {
                int best = 0;
                for (int e = 1; e < experts; e++) {
                    if (row[e] > row[best]) {
                        best = e;
                    }
                }
                Floats.setInt(ids, r * k + j, best);
                Floats.set(weights, r * k + j, row[best]);
                chosenSum += row[best];
                row[best] = -1; // below every probability: not chosen again
            }
            for (int j = 0; renormalise && j < k; j++) {
                Floats.set(weights, r * k + j, Floats.get(weights, r * k + j) / chosenSum);
            }
        }
    }

    private static void softmax(float[] row, long r) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
            largest = Math.max(largest, logit); // NaN wins
        }
        if (!Float.isFinite(largest)) {
            throw new ArithmeticException(
                    "row " + r + " of the router's logits holds NaN or infinity");
        }
        double sum = 0;
        for (int e = 0; e < row.length; e++) {
            row[e] = (float) Math.exp(row[e] - largest);
            sum += row[e];
        }
        for (int e = 0; e < row.length; e++) {
            row[e] = (float) (row[e] / sum);
        }
    }

    /** The weighted sum of what the chosen experts make of each row. */
    static void experts(
            Buffer out,
            Buffer x,
            Buffer ids,
            Buffer weights,
            Matrix gate,
            Matrix up,
            Matrix down,
            int rows,
            int k,
            int quantizeGroup) {
        int hidden = Math.toIntExact(gate.cols());
        int width = Math.toIntExact(gate.rows());
        int[] chosen = new int[Math.multiplyExact(rows, k)];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = Floats.getInt(ids, i);
        }
        float[] in = Floats.of(x, (long) rows * hidden);
        float[] contributions = new float[Math.multiplyExact(chosen.length, hidden)];
        for (int e = 0; e < gate.count(); e++) {
            int[] own = placesOf(e, chosen);
            if (own.length == 0) {
                continue;
            }
            float[] gathered = new float[Math.multiplyExact(own.length, hidden)];
            for (int i = 0; i < own.length; i++) {
                System.arraycopy(in, own[i] / k * hidden, gathered, i * hidden, hidden);
            }
            float[] gated = linear(quantized(gathered, hidden, gate, quantizeGroup), gate, e);
            float[] upped = linear(quantized(gathered, hidden, up, quantizeGroup), up, e);
            for (int i = 0; i < gated.length; i++) {
                gated[i] = Floats.silu(gated[i]) * upped[i];
            }
            float[] result = linear(quantized(gated, width, down, quantizeGroup), down, e);
            for (int i = 0; i < own.length; i++) {
                System.arraycopy(result, i * hidden, contributions, own[i] * hidden, hidden);
            }
        }
        float[] scales = Floats.of(weights, (long) rows * k);
        float[] sum = new float[hidden];
        for (int t = 0; t < rows; t++) {
            Arrays.fill(sum, 0);
            for (int place = t * k; place < (t + 1) * k; place++) {
                for (int i = 0; i < hidden; i++) {
                    sum[i] += scales[place] * contributions[place * hidden + i];
                }
            }
            Floats.write(sum, hidden, out, (long) t * hidden);
        }
    }

    private static int[] placesOf(int expert, int[] chosen) {
        int[] places = new int[chosen.length];
        int n = 0;
        for (int i = 0; i < chosen.length; i++) {
            if (chosen[i] == expert) {
                places[n++] = i;
            }
        }
        return Arrays.copyOf(places, n);
    }

    private static float[] linear(float[] x, Matrix w, int expert) {
        return JavaLinear.of(x, HostMatrix.weight(w).matrix(expert), (int) (x.length / w.cols()));
    }

    /** What a matrix reads: its inputs as they are, or rounded if so wanted. */
    private static float[] quantized(float[] x, int cols, Matrix w, int group) {
        if (group == 0 || !w.format().takesRoundedInputs()) {
            return x;
        }
        float[] rounded = x.clone();
        for (int from = 0; from < x.length; from += cols) {
            Floats.fakeQuantize(rounded, from, from + cols, group);
        }
        return rounded;
    }
}
