package io.step3.image.webp;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A lossy picture. Rows of macroblocks are predicted, given their residue and filtered one after
 * the other, and handed on as soon as no filter reaches them any more.
 */
public final class Vp8Picture {
    /**
     * Rows of luma at the lower edge that the next row of macroblocks still changes, rounded up.
     */
    private static final int UNSETTLED = 8;

    private final Vp8Header header;
    private final int columns;
    private final Vp8Modes modes;
    private final Vp8Coefficients residue;
    private final Vp8Plane y;
    private final Vp8Plane u;
    private final Vp8Plane v;
    private final YuvRows yuv;
    private final Vp8Header.Filter[] filters;
    private final boolean[] inner;

    private Vp8Picture(Vp8Header header) {
        this.header = header;
        columns = Math.ceilDiv(header.width(), 16);
        modes = new Vp8Modes(header, columns);
        residue = new Vp8Coefficients(header, columns);
        y = new Vp8Plane(16, columns);
        u = new Vp8Plane(8, columns);
        v = new Vp8Plane(8, columns);
        yuv = new YuvRows(header.width(), y, u, v);
        filters = new Vp8Header.Filter[columns];
        inner = new boolean[columns];
    }

    /**
     * Decodes a picture.
     *
     * @param data the content of a "VP8 " chunk, from index 0 to its limit
     * @param sink takes all rows, of the size that the data begins with, with an alpha of 255
     * @throws IOException if the data is damaged or ends too early
     */
    public static void decode(ByteBuffer data, PixelRows sink) throws IOException {
        new Vp8Picture(Vp8Header.read(data)).decode(sink);
    }

    private void decode(PixelRows sink) throws IOException {
        int height = header.height();
        int rows = Math.ceilDiv(height, 16);
        int done = 0;
        for (int row = 0; row < rows; row++) {
            reconstruct(row);
            for (int column = 0; column < columns; column++) {
                filter(row, column);
            }
            int end = row == rows - 1 ? height : 16 * (row + 1) - UNSETTLED;
            for (; done < end; done++) {
                sink.row(yuv.row(done, row, height));
            }
        }
    }

    private void reconstruct(int row) throws IOException {
        BoolReader in = header.partitions()[row % header.partitions().length];
        modes.startRow();
        residue.startRow();
        y.startRow(row);
        u.startRow(row);
        v.startRow(row);
        for (int column = 0; column < columns; column++) {
            modes.read(column);
            boolean any = false;
            if (modes.skipped) {
                residue.skip(column, modes.inParts);
            } else {
                any = residue.read(in, column, modes);
            }
            y.reconstruct(row, column, modes, residue, 0);
            u.reconstruct(row, column, modes, residue, 16);
            v.reconstruct(row, column, modes, residue, 20);
            filters[column] = header.segments()[modes.segment].filters()[modes.inParts ? 1 : 0];
            inner[column] = any || modes.inParts;
        }
        header.modes().check();
        in.check();
    }

    private void filter(int row, int column) {
        Vp8Header.Filter filter = filters[column];
        if (filter.level() == 0) {
            return;
        }
        if (header.simpleFilter()) {
            y.filterSimply(row, column, filter, inner[column]);
        } else {
            y.filter(row, column, filter, inner[column]);
            u.filter(row, column, filter, inner[column]);
            v.filter(row, column, filter, inner[column]);
        }
    }
}
