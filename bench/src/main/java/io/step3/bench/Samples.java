package io.step3.bench;

import java.util.Arrays;

/** What was measured several times: the middle and the middle half of it. */
public final class Samples {

    private final double[] sorted;

    private Samples(double[] sorted) {
        this.sorted = sorted;
    }

    /**
     * @param values at least one, all finite
     */
    public static Samples of(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("there must be a sample");
        }
        if (Arrays.stream(values).anyMatch(value -> !Double.isFinite(value))) {
            throw new IllegalArgumentException("samples must be finite");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Samples(sorted);
    }

    /** How many there are. */
    public int count() {
        return sorted.length;
    }

    /** Half of them are below. */
    public double median() {
        return quantile(0.5);
    }

    /** A quarter of them is below. */
    public double low() {
        return quantile(0.25);
    }

    /** A quarter of them is above. */
    public double high() {
        return quantile(0.75);
    }

    private double quantile(double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
