package io.step3.image;

/**
 * Which inputs each output of a resized axis is made of: output {@code i} is the sum of {@code
 * weights[i][j] * input[first[i] + j]}. Weights of one output sum to 1. Where the axis shrinks, the
 * filter is widened by the same factor (antialias).
 *
 * <p>Places and weights are computed in float32 as PyTorch does ({@code
 * _compute_indices_min_size_weights_aa} in UpSampleKernel.cpp), on purpose: far from the origin a
 * centre is only known to 1e-4 of a pixel, and with doubles normalised pixels differ by as much.
 */
record Taps(int[] first, float[][] weights) {

    static Taps of(int in, int out, Filter filter) {
        float scale = (float) in / out;
        float widening = Math.max(1, scale);
        float support = filter.support * widening;
        float narrowing = 1 / widening;
        int[] first = new int[out];
        float[][] weights = new float[out][];
        for (int i = 0; i < out; i++) {
            float centre = (float) (scale * (i + 0.5));
            first[i] = Math.max(0, (int) (centre - support + 0.5));
            int end = Math.min(in, (int) (centre + support + 0.5));
            float[] w = new float[end - first[i]];
            float sum = 0;
            for (int j = 0; j < w.length; j++) {
                w[j] = filter.weigh((float) ((first[i] + j - centre + 0.5) * narrowing));
                sum += w[j];
            }
            for (int j = 0; j < w.length; j++) {
                w[j] /= sum;
            }
            weights[i] = w;
        }
        return new Taps(first, weights);
    }

    int outputs() {
        return first.length;
    }
}
