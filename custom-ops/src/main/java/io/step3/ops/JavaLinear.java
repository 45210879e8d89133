package io.step3.ops;

import org.jspecify.annotations.Nullable;

/** Products with weights in plain Java; large ones are shared by several threads. */
final class JavaLinear {
    /** A thread that is not ours, to ask whether a segment may be read by others. */
    private static final Thread ANOTHER = Thread.ofPlatform().unstarted(() -> {});

    private JavaLinear() {}

    /** {@code x w^T + bias}. */
    static void linear(Buffer out, float[] x, Matrix w, @Nullable Matrix bias, int rows) {
        int outputs = Math.toIntExact(w.rows());
        float[] y = of(x, HostMatrix.weight(w), rows);
        if (bias != null) {
            float[] biases = WeightRow.read(HostMatrix.weight(bias), 0);
            for (int i = 0; i < y.length; i++) {
                y[i] += biases[i % outputs];
            }
        }
        Floats.write(y, y.length, out, 0);
    }

    /** {@code x w^T} for {@code rows} rows of {@code x}. */
    static float[] of(float[] x, Weight w, int rows) {
        int inputs = Math.toIntExact(w.cols());
        int outputs = Math.toIntExact(w.rows());
        float[] y = new float[Math.multiplyExact(rows, outputs)];
        boolean readable =
                w.data().isAccessibleBy(ANOTHER) && w.format().scales().isAccessibleBy(ANOTHER);
        Sharing.forEach(
                outputs,
                readable ? (long) rows * inputs : 0,
                o -> {
                    float[] weights = WeightRow.read(w, o);
                    for (int r = 0; r < rows; r++) {
                        y[r * outputs + (int) o] = Floats.dot(x, r * inputs, weights, 0, inputs);
                    }
                });
        return y;
    }
}
