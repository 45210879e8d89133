package io.step3.image;

import java.util.Arrays;
import javax.imageio.IIOException;

/**
 * Rows of a BMP with run lengths (BI_RLE8 and BI_RLE4), in the order of the file. What the file
 * jumps over has index 0, and what is too much for a row is cut off.
 */
final class BmpRunLengths {
    private static final int END_OF_ROW = 0;
    private static final int END_OF_PICTURE = 1;
    private static final int JUMP = 2;

    private final ByteReader in;
    private final boolean halfBytes;
    private final byte[] row;

    /** Where the next pixel goes. */
    private int x;

    /** Rows without any pixel that are still to be given out. */
    private int empty;

    BmpRunLengths(ByteReader in, Size size, int bits) {
        this.in = in;
        this.halfBytes = bits == 4;
        this.row = new byte[size.width()];
    }

    /** The indices of the next row, in an array that is used again. */
    byte[] next() throws IIOException {
        Arrays.fill(row, (byte) 0);
        if (empty > 0) {
            empty--;
            if (empty > 0) {
                return row;
            }
        }
        while (true) {
            int count = in.u8();
            int value = in.u8();
            if (count > 0) {
                for (int i = 0; i < count; i++) {
                    put(halfBytes ? nibble(value, i) : value);
                }
            } else if (value == END_OF_ROW) {
                x = 0;
                return row;
            } else if (value == END_OF_PICTURE) {
                empty = Integer.MAX_VALUE;
                return row;
            } else if (value == JUMP) {
                x = Math.min(row.length, x + in.u8());
                int down = in.u8();
                if (down > 0) {
                    empty = down;
                    return row;
                }
            } else {
                int bytes = halfBytes ? (value + 1) / 2 : value;
                byte[] pixels = in.take(bytes);
                for (int i = 0; i < value; i++) {
                    put(halfBytes ? nibble(pixels[i / 2], i) : pixels[i]);
                }
                in.skip(Math.min(bytes & 1, in.remaining()));
            }
        }
    }

    private static int nibble(int value, int i) {
        return (i & 1) == 0 ? value >> 4 & 15 : value & 15;
    }

    private void put(int index) {
        if (x < row.length) {
            row[x++] = (byte) index;
        }
    }
}
