package io.step3.image;

import java.util.Arrays;

/** Lays a frame that arrives row by row over a white canvas, and hands the canvas' rows on. */
final class CanvasRows {
    private final Size canvas;
    private final int left;
    private final RowSink sink;
    private final byte[] white;
    private final byte[] row;
    private int rows;

    /** Hands on the rows above the frame. */
    CanvasRows(Size canvas, int left, int top, RowSink sink) {
        this.canvas = canvas;
        this.left = left;
        this.sink = sink;
        white = new byte[3 * canvas.width()];
        Arrays.fill(white, (byte) 255);
        row = white.clone();
        skip(top);
    }

    private void skip(int count) {
        for (int i = 0; i < count; i++) {
            sink.row(white);
            rows++;
        }
    }

    /**
     * Takes the frame's next row.
     *
     * @param argb its first pixels are the row; not premultiplied
     * @param width of the frame, which lies within the canvas
     */
    void row(int[] argb, int width) {
        for (int x = 0, at = 3 * left; x < width; x++) {
            int pixel = argb[x];
            int alpha = pixel >>> 24;
            row[at++] = overWhite(pixel >> 16 & 0xff, alpha);
            row[at++] = overWhite(pixel >> 8 & 0xff, alpha);
            row[at++] = overWhite(pixel & 0xff, alpha);
        }
        sink.row(row);
        rows++;
    }

    /** Hands on the rows below the frame. */
    void end() {
        skip(canvas.height() - rows);
    }

    static byte overWhite(int value, int alpha) {
        return (byte) (alpha == 255 ? value : (value * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}
