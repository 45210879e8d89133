package io.step3.image;

import java.util.Arrays;

/**
 * Bilinear resize of bytes with exactly Pillow's arithmetic (Resample.c, {@code
 * ImagingResampleHorizontal_8bpc} and {@code ImagingResampleVertical_8bpc}): rows first, then
 * columns, a pass whose size does not change is skipped, weights are rounded to 22-bit fixed point,
 * and each pass rounds to bytes.
 */
final class PillowResampler {
    private static final int PRECISION_BITS = 32 - 8 - 2;
    private static final int HALF = 1 << (PRECISION_BITS - 1);

    private PillowResampler() {}

    /**
     * Resizes a picture.
     *
     * @param source the picture
     * @param extent its size once padded, to the right and below, with black; at least the source's
     *     size. The padding is never stored, so a picture of 1 x 100,000 may be padded to a square.
     * @param target the size to make of the extent
     */
    static RgbImage resize(RgbImage source, Size extent, Size target) {
        RgbImage resized = source;
        if (extent.width() != target.width()) {
            resized =
                    horizontally(
                            resized, FixedTaps.of(extent.width(), target.width(), source.width()));
        }
        if (extent.height() != target.height()) {
            resized =
                    vertically(
                            resized,
                            FixedTaps.of(extent.height(), target.height(), source.height()));
        }
        return resized.part(0, 0, target);
    }

    private static RgbImage horizontally(RgbImage in, FixedTaps taps) {
        byte[] from = in.rgb();
        int width = taps.first.length;
        byte[] to = new byte[Math.toIntExact(3L * width * in.height())];
        int at = 0;
        for (int y = 0; y < in.height(); y++) {
            for (int x = 0; x < width; x++) {
                int p = 3 * (y * in.width() + taps.first[x]);
                int red = HALF;
                int green = HALF;
                int blue = HALF;
                for (int weight : taps.weights[x]) {
                    red += weight * (from[p] & 0xff);
                    green += weight * (from[p + 1] & 0xff);
                    blue += weight * (from[p + 2] & 0xff);
                    p += 3;
                }
                to[at++] = toByte(red);
                to[at++] = toByte(green);
                to[at++] = toByte(blue);
            }
        }
        return new RgbImage(width, in.height(), to);
    }

    private static RgbImage vertically(RgbImage in, FixedTaps taps) {
        byte[] from = in.rgb();
        int height = taps.first.length;
        int stride = 3 * in.width();
        byte[] to = new byte[Math.toIntExact((long) stride * height)];
        int[] sums = new int[stride];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, HALF);
            int row = taps.first[y] * stride;
            for (int weight : taps.weights[y]) {
                for (int k = 0; k < stride; k++) {
                    sums[k] += weight * (from[row + k] & 0xff);
                }
                row += stride;
            }
            for (int k = 0; k < stride; k++) {
                to[y * stride + k] = toByte(sums[k]);
            }
        }
        return new RgbImage(in.width(), height, to);
    }

    private static byte toByte(int sum) {
        return (byte) Math.max(0, Math.min(sum >> PRECISION_BITS, 255));
    }

    /**
     * Which inputs an output is made of, and their weights in fixed point (Pillow's {@code
     * precompute_coeffs}, in doubles). Taps that fall on the padding are left out, and outputs that
     * have no other.
     */
    private record FixedTaps(int[] first, int[][] weights) {

        static FixedTaps of(int extent, int out, int stored) {
            double scale = (double) extent / out;
            double support = Math.max(1, scale);
            int[] first = new int[out];
            int[][] weights = new int[out][];
            int live = 0;
            for (; live < out; live++) {
                double centre = (live + 0.5) * scale;
                first[live] = Math.max(0, (int) (centre - support + 0.5));
                if (first[live] >= stored) {
                    break;
                }
                int end = Math.min(extent, (int) (centre + support + 0.5));
                double[] triangle = new double[end - first[live]];
                double sum = 0;
                for (int j = 0; j < triangle.length; j++) {
                    double distance = Math.abs((first[live] + j - centre + 0.5) * (1 / support));
                    triangle[j] = Math.max(0, 1 - distance);
                    sum += triangle[j];
                }
                weights[live] = new int[Math.min(triangle.length, stored - first[live])];
                for (int j = 0; j < weights[live].length; j++) {
                    weights[live][j] = (int) (0.5 + triangle[j] / sum * (1 << PRECISION_BITS));
                }
            }
            return new FixedTaps(Arrays.copyOf(first, live), Arrays.copyOf(weights, live));
        }
    }
}
