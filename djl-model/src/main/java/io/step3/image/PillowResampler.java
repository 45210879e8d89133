package io.step3.image;

import java.util.Arrays;

/**
 * Bilinear resize of bytes with exactly Pillow's arithmetic (Resample.c, {@code
 * ImagingResampleHorizontal_8bpc} and {@code ImagingResampleVertical_8bpc}): rows first, then
 * columns, a pass whose size does not change is skipped, weights are rounded to 22-bit fixed point,
 * and each pass rounds to bytes. {@link UprightRows} does the same to a picture that arrives row by
 * row.
 */
final class PillowResampler {
    private PillowResampler() {}

    /** Resizes a picture. */
    static RgbImage resize(RgbImage source, Size target) {
        RgbImage resized = source;
        if (source.width() != target.width()) {
            resized = horizontally(resized, target.width());
        }
        if (source.height() != target.height()) {
            resized = vertically(resized, target.height());
        }
        return resized;
    }

    private static RgbImage horizontally(RgbImage in, int width) {
        FixedTaps taps = FixedTaps.of(in.width(), width, in.width());
        byte[] to = new byte[Math.toIntExact(3L * width * in.height())];
        for (int y = 0; y < in.height(); y++) {
            taps.resizeRow(in.rgb(), 3 * y * in.width(), to, 3 * y * width);
        }
        return new RgbImage(width, in.height(), to);
    }

    private static RgbImage vertically(RgbImage in, int height) {
        FixedTaps taps = FixedTaps.of(in.height(), height, in.height());
        int stride = 3 * in.width();
        byte[] to = new byte[Math.toIntExact((long) stride * height)];
        int[] sums = new int[stride];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, FixedTaps.HALF);
            int row = taps.first()[y] * stride;
            for (int weight : taps.weights()[y]) {
                FixedTaps.add(in.rgb(), row, weight, sums);
                row += stride;
            }
            FixedTaps.toBytes(sums, to, y * stride);
        }
        return new RgbImage(in.width(), height, to);
    }
}
