package io.step3.image;

import java.util.Arrays;

/**
 * Which inputs an output of a resized axis is made of, and their weights in 22-bit fixed point
 * (Pillow's {@code precompute_coeffs}, in doubles, with its triangle filter). Taps that fall on
 * padding are left out, and outputs that have no other.
 *
 * @param first of each output, its first input; ascending
 * @param weights of each output, one for each input from the first on
 */
record FixedTaps(int[] first, int[][] weights) {
    private static final int PRECISION_BITS = 32 - 8 - 2;

    /** What the sum of weights times inputs begins with, so that it is rounded. */
    static final int HALF = 1 << (PRECISION_BITS - 1);

    /**
     * Makes taps.
     *
     * @param extent inputs, those of the padding included
     * @param out outputs
     * @param stored inputs without the padding, which follows them
     */
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

    int outputs() {
        return first.length;
    }

    /**
     * Resizes a row of RGB.
     *
     * @param from begins with the row at {@code start}
     * @param to gets {@link #outputs} pixels from {@code at} on
     */
    void resizeRow(byte[] from, int start, byte[] to, int at) {
        for (int x = 0; x < first.length; x++) {
            int p = start + 3 * first[x];
            int red = HALF;
            int green = HALF;
            int blue = HALF;
            for (int weight : weights[x]) {
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

    /** Adds a row of bytes, weighed, to sums. */
    static void add(byte[] from, int start, int weight, int[] sums) {
        for (int k = 0; k < sums.length; k++) {
            sums[k] += weight * (from[start + k] & 0xff);
        }
    }

    /** Ends sums. */
    static void toBytes(int[] sums, byte[] to, int at) {
        for (int k = 0; k < sums.length; k++) {
            to[at + k] = toByte(sums[k]);
        }
    }

    private static byte toByte(int sum) {
        return (byte) Math.max(0, Math.min(sum >> PRECISION_BITS, 255));
    }
}
