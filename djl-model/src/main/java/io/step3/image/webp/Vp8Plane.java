package io.step3.image.webp;

/**
 * One plane of a picture, of which two rows of macroblocks are held: the one at work, and the one
 * above it, whose lowest pixels the loop filter still changes.
 */
final class Vp8Plane {
    /** Pixels of a macroblock's side. */
    final int side;

    /** Pixels of a row. */
    final int stride;

    /** [2 * side, stride]: the row above, the row at work. */
    final byte[] pixels;

    /** The lowest pixels of the row above, before they are filtered: what is predicted from. */
    private final byte[] above;

    /** The same of the row at work. */
    private final byte[] lowest;

    private final Vp8Block block;

    Vp8Plane(int side, int columns) {
        this.side = side;
        stride = side * columns;
        pixels = new byte[2 * side * stride];
        above = new byte[stride];
        lowest = new byte[stride];
        block = new Vp8Block(side);
    }

    /** Where a macroblock of the row at work begins. */
    int place(int column) {
        return side * stride + column * side;
    }

    void startRow(int row) {
        System.arraycopy(pixels, side * stride, pixels, 0, side * stride);
        System.arraycopy(lowest, 0, above, 0, stride);
        block.startRow(row == 0);
    }

    /** Predicts a macroblock and adds its residue: the blocks from {@code first} on. */
    void reconstruct(int row, int column, Vp8Modes modes, Vp8Coefficients residue, int first) {
        block.next(column, (column + 1) * side == stride, row == 0 ? null : above);
        boolean luma = first == 0;
        boolean inParts = luma && modes.inParts;
        if (!inParts) {
            block.predict(luma ? modes.luma[0] : modes.chroma, row > 0, column > 0);
        }
        for (int part = 0; part < side * side / 16; part++) {
            if (inParts) {
                block.predictPart(part, modes.luma[part]);
            }
            int extent = residue.extent[first + part];
            if (extent > 0) {
                block.add(part, residue.values, 16 * (first + part), extent);
            }
        }
        int to = place(column);
        for (int y = 0; y < side; y++) {
            int from = Vp8Block.ORIGIN + y * Vp8Block.STRIDE;
            for (int x = 0; x < side; x++) {
                pixels[to + y * stride + x] = (byte) block.pixels[from + x];
            }
        }
        System.arraycopy(pixels, to + (side - 1) * stride, lowest, column * side, side);
    }

    /** Smooths the edges of a macroblock of the row at work with the normal filter. */
    void filter(int row, int column, Vp8Header.Filter filter, boolean inner) {
        int at = place(column);
        int limit = 2 * (2 * filter.level() + filter.interior()) + 1;
        if (column > 0) {
            Vp8LoopFilter.outer(pixels, at, 1, stride, side, limit + 8, filter);
        }
        for (int x = 4; inner && x < side; x += 4) {
            Vp8LoopFilter.inner(pixels, at + x, 1, stride, side, limit, filter);
        }
        if (row > 0) {
            Vp8LoopFilter.outer(pixels, at, stride, 1, side, limit + 8, filter);
        }
        for (int y = 4; inner && y < side; y += 4) {
            Vp8LoopFilter.inner(pixels, at + y * stride, stride, 1, side, limit, filter);
        }
    }

    /** As {@link #filter}, with the simple filter. */
    void filterSimply(int row, int column, Vp8Header.Filter filter, boolean inner) {
        int at = place(column);
        int limit = 2 * (2 * filter.level() + filter.interior()) + 1;
        if (column > 0) {
            Vp8LoopFilter.simple(pixels, at, 1, stride, limit + 8);
        }
        for (int x = 4; inner && x < side; x += 4) {
            Vp8LoopFilter.simple(pixels, at + x, 1, stride, limit);
        }
        if (row > 0) {
            Vp8LoopFilter.simple(pixels, at, stride, 1, limit + 8);
        }
        for (int y = 4; inner && y < side; y += 4) {
            Vp8LoopFilter.simple(pixels, at + y * stride, stride, 1, limit);
        }
    }
}
