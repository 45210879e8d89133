package io.step3.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.IIOException;

/**
 * Reads the rows of one pass of a PNG: inflates, and takes the filters off. Each pass has its own
 * place in the data, so that the seven passes of an interlaced picture are read side by side and
 * its rows put together one by one, without the whole picture in memory. Close it.
 */
final class PngPass implements AutoCloseable {
    private static final int IDAT = 0x49444154;

    /** First column and row of Adam7's passes and steps to the next: x, y, dx, dy. */
    private static final int[][] ADAM7 = {
        {0, 0, 8, 8},
        {4, 0, 8, 8},
        {0, 4, 4, 8},
        {2, 0, 4, 4},
        {0, 2, 2, 4},
        {1, 0, 2, 2},
        {0, 1, 1, 2}
    };

    private static final int[] WHOLE = {0, 0, 1, 1};

    private final Inflater inflater = new Inflater();
    private final ByteBuffer file;
    private final PngHeader header;
    private final int[] grid;
    private final int width;
    private byte[] row;
    private byte[] above;

    /** Where the next IDAT chunk begins. */
    private int chunk;

    private PngPass(ByteBuffer file, int data, PngHeader header, int[] grid) {
        this.file = file;
        this.chunk = data;
        this.header = header;
        this.grid = grid;
        width = Math.ceilDiv(Math.max(0, header.size().width() - grid[0]), grid[2]);
        row = new byte[header.rowBytes(width)];
        above = new byte[row.length];
    }

    /**
     * Opens all passes of a picture.
     *
     * @param data where the first IDAT chunk begins
     */
    static PngPass[] open(ByteBuffer file, int data, PngHeader header) throws IOException {
        if (!header.interlaced()) {
            return new PngPass[] {new PngPass(file, data, header, WHOLE)};
        }
        PngPass[] passes = new PngPass[ADAM7.length];
        long before = 0;
        try {
            for (int i = 0; i < passes.length; i++) {
                passes[i] = new PngPass(file, data, header, ADAM7[i]);
                passes[i].skip(before);
                before += passes[i].bytes();
            }
            return passes;
        } catch (Throwable e) {
            close(passes);
            throw e;
        }
    }

    static void close(PngPass[] passes) {
        for (PngPass pass : passes) {
            if (pass != null) {
                pass.close();
            }
        }
    }

    private long bytes() {
        int height = Math.ceilDiv(Math.max(0, header.size().height() - grid[1]), grid[3]);
        return width == 0 ? 0 : height * (1L + row.length);
    }

    private void skip(long count) throws IOException {
        byte[] unused = new byte[(int) Math.min(count, 1 << 16)];
        for (long rest = count; rest > 0; rest -= unused.length) {
            inflate(unused, (int) Math.min(rest, unused.length));
        }
    }

    /** Adds the pass' pixels of a row of the picture, if it has any there. */
    void addTo(int y, PngColors colors, byte[] rgb) throws IOException {
        if (width == 0 || y < grid[1] || (y - grid[1]) % grid[3] != 0) {
            return;
        }
        byte[] last = above;
        above = row;
        row = last;
        byte[] filter = new byte[1];
        inflate(filter, 1);
        inflate(row, row.length);
        unfilter(filter[0]);
        colors.toRgb(row, width, rgb, grid[0], grid[2]);
    }

    /** PNG specification, 9.2. */
    private void unfilter(int filter) throws IIOException {
        int back = header.pixelBytes();
        switch (filter) {
            case 0 -> {}
            case 1 -> {
                for (int i = back; i < row.length; i++) {
                    row[i] += row[i - back];
                }
            }
            case 2 -> {
                for (int i = 0; i < row.length; i++) {
                    row[i] += above[i];
                }
            }
            case 3 -> {
                for (int i = 0; i < row.length; i++) {
                    int left = i < back ? 0 : row[i - back] & 0xff;
                    row[i] += (byte) (left + (above[i] & 0xff) >> 1);
                }
            }
            case 4 -> {
                for (int i = 0; i < row.length; i++) {
                    int left = i < back ? 0 : row[i - back] & 0xff;
                    int corner = i < back ? 0 : above[i - back] & 0xff;
                    row[i] += (byte) nearest(left, above[i] & 0xff, corner);
                }
            }
            default -> throw new IIOException("there is no filter " + filter);
        }
    }

    private static int nearest(int left, int up, int corner) {
        int toLeft = Math.abs(up - corner);
        int toUp = Math.abs(left - corner);
        int toCorner = Math.abs(left + up - 2 * corner);
        if (toLeft <= toUp && toLeft <= toCorner) {
            return left;
        }
        return toUp <= toCorner ? up : corner;
    }

    private void inflate(byte[] to, int count) throws IOException {
        int done = 0;
        while (done < count) {
            try {
                done += inflater.inflate(to, done, count - done);
            } catch (DataFormatException e) {
                throw new IIOException("the compressed data is wrong: " + e.getMessage(), e);
            }
            if (done < count) {
                if (inflater.finished() || inflater.needsDictionary()) {
                    throw new IIOException("more pixels than data");
                }
                if (inflater.needsInput()) {
                    inflater.setInput(nextChunk());
                }
            }
        }
    }

    /** The next IDAT chunk, or what there is of it. */
    private ByteBuffer nextChunk() throws IIOException {
        if (chunk > file.limit() - 8 || file.getInt(chunk + 4) != IDAT) {
            throw new IIOException("more pixels than data");
        }
        int start = chunk + 8;
        long length = Math.min(file.getInt(chunk) & 0xffffffffL, file.limit() - start);
        chunk = (int) Math.min(start + length + 4, file.limit());
        return file.slice(start, (int) length);
    }

    @Override
    public void close() {
        inflater.end();
    }
}
