package io.step3.image;

/** Takes a picture row by row, from top to bottom, so that a large one never exists as a whole. */
@FunctionalInterface
interface RowSink {
    /**
     * Takes the next row.
     *
     * @param rgb [width, 3], unsigned bytes; the caller writes the next row into the same array
     */
    void row(byte[] rgb);
}
