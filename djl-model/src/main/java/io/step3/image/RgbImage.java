package io.step3.image;

import java.util.Objects;

/**
 * A picture of 8-bit RGB. Nobody writes to the array once the picture is made; two pictures are
 * compared by identity of their arrays, as is usual for records.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param rgb [height, width, 3], unsigned bytes
 */
public record RgbImage(int width, int height, byte[] rgb) {
    /**
     * @throws IllegalArgumentException if a side is under 1 or {@code rgb} has another length than
     *     {@code width * height * 3}
     */
    public RgbImage {
        Objects.requireNonNull(rgb, "rgb");
        if (rgb.length != 3 * new Size(width, height).pixels()) {
            throw new IllegalArgumentException(
                    "A picture of %d x %d has %d RGB bytes, but %d were given"
                            .formatted(width, height, 3L * width * height, rgb.length));
        }
    }

    static RgbImage black(Size size) {
        byte[] rgb = new byte[Math.toIntExact(3 * size.pixels())];
        return new RgbImage(size.width(), size.height(), rgb);
    }

    /** The size of this picture. */
    public Size size() {
        return new Size(width, height);
    }

    /** Hands the rows on, from the top. */
    void rows(RowSink sink) {
        byte[] row = new byte[3 * width];
        for (int y = 0; y < height; y++) {
            System.arraycopy(rgb, y * row.length, row, 0, row.length);
            sink.row(row);
        }
    }

    /**
     * Cuts a part out; what lies outside this picture is black.
     *
     * @param x left edge, not negative
     * @param y upper edge, not negative
     * @param size of the part
     */
    RgbImage part(int x, int y, Size size) {
        if (x == 0 && y == 0 && size.equals(size())) {
            return this;
        }
        byte[] part = new byte[Math.toIntExact(3 * size.pixels())];
        int columns = Math.min(size.width(), width - x);
        int rows = Math.min(size.height(), height - y);
        for (int row = 0; row < rows && columns > 0; row++) {
            System.arraycopy(
                    rgb, 3 * ((y + row) * width + x), part, 3 * row * size.width(), 3 * columns);
        }
        return new RgbImage(size.width(), size.height(), part);
    }
}
