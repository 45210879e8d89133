package io.step3.image;

/**
 * Resize of floats with antialias, as PyTorch's {@code interpolate(antialias=True,
 * align_corners=False)}: rows first, then columns, no rounding in between.
 */
public final class FloatResampler {
    private FloatResampler() {}

    /**
     * Resizes a grid of vectors, such as the position embeddings of a vision tower without those of
     * its leading tokens.
     *
     * @param grid [inHeight * inWidth, depth]
     * @return [outHeight * outWidth, depth]
     * @throws IllegalArgumentException if a size is under 1 or {@code grid} has another length
     */
    public static float[] resizeGrid(
            float[] grid,
            int inHeight,
            int inWidth,
            int depth,
            int outHeight,
            int outWidth,
            Filter filter) {
        check(grid, depth, inHeight, inWidth, outHeight, outWidth);
        float[] wide =
                alongAxis(grid, inHeight, depth, Taps.of(inWidth, outWidth, filter), inWidth);
        return alongAxis(wide, 1, outWidth * depth, Taps.of(inHeight, outHeight, filter), inHeight);
    }

    /** Resizes the middle axis of [outer, in, inner]. */
    static float[] alongAxis(float[] from, int outer, int inner, Taps taps, int in) {
        int out = taps.outputs();
        int[] first = taps.first();
        float[][] weights = taps.weights();
        float[] to = new float[Math.toIntExact((long) outer * out * inner)];
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < out; i++) {
                int target = (o * out + i) * inner;
                int source = (o * in + first[i]) * inner;
                for (float weight : weights[i]) {
                    for (int k = 0; k < inner; k++) {
                        to[target + k] += weight * from[source + k];
                    }
                    source += inner;
                }
            }
        }
        return to;
    }

    private static void check(
            float[] values, int channels, int inHeight, int inWidth, int outHeight, int outWidth) {
        Size in = new Size(inWidth, inHeight);
        new Size(outWidth, outHeight);
        if (channels < 1 || values.length != channels * in.pixels()) {
            throw new IllegalArgumentException(
                    "%d channels of %s are %d values, but %d were given"
                            .formatted(channels, in, channels * in.pixels(), values.length));
        }
    }
}
