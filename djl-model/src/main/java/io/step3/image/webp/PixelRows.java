package io.step3.image.webp;

import java.io.IOException;

/** Takes a picture row by row, from top to bottom. */
@FunctionalInterface
public interface PixelRows {
    /**
     * Takes the next row.
     *
     * @param argb [width], not premultiplied; the next row comes in the same array
     */
    void row(int[] argb) throws IOException;
}
