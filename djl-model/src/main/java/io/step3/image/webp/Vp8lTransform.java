package io.step3.image.webp;

import java.io.IOException;

/** What was done to a picture's rows before they were coded, undone (RFC 9649, 3.4 and 4). */
sealed interface Vp8lTransform
        permits Vp8lTransform.Green, Vp8lTransform.Color, Vp8lTransform.Palette, Vp8lPredictor {

    /**
     * Undoes it for the next row.
     *
     * @return the row, which may be in the same array
     */
    int[] undo(int[] row);

    /** Adds each colour of two pixels. */
    static int add(int a, int b) {
        return (a & 0xff00ff00) + (b & 0xff00ff00) & 0xff00ff00
                | (a & 0x00ff00ff) + (b & 0x00ff00ff) & 0x00ff00ff;
    }

    /** Green was subtracted from red and blue. */
    record Green() implements Vp8lTransform {
        @Override
        public int[] undo(int[] row) {
            for (int x = 0; x < row.length; x++) {
                int green = row[x] >> 8 & 0xff;
                row[x] = add(row[x], green << 16 | green);
            }
            return row;
        }
    }

    /** Parts of green and red were subtracted from red and blue, other ones in each square. */
    final class Color implements Vp8lTransform {
        private final int bits;
        private final int across;
        private final int[] factors;
        private int y;

        Color(BitReader in, int width, int height) throws IOException {
            bits = 2 + in.number(3);
            across = Vp8lPixels.squares(width, bits);
            factors = Vp8lPixels.read(in, across, Vp8lPixels.squares(height, bits));
        }

        @Override
        public int[] undo(int[] row) {
            int line = (y++ >> bits) * across;
            for (int x = 0; x < row.length; x++) {
                int factor = factors[line + (x >> bits)];
                int green = row[x] >> 8;
                int red = (row[x] >> 16) + part(factor, green) & 0xff;
                int blue = row[x] + part(factor >> 8, green) + part(factor >> 16, red) & 0xff;
                row[x] = row[x] & 0xff00ff00 | red << 16 | blue;
            }
            return row;
        }

        private static int part(int factor, int color) {
            return (byte) factor * (byte) color >> 5;
        }
    }

    /** Pixels were replaced by indices, several of which may share a pixel. */
    final class Palette implements Vp8lTransform {
        private final int[] colors;
        private final int bits;
        private final int[] whole;

        /** The picture's width from here on is {@link #packedWidth}. */
        Palette(BitReader in, int width) throws IOException {
            int count = in.number(8) + 1;
            int[] differences = Vp8lPixels.read(in, count, 1);
            bits = count <= 2 ? 3 : count <= 4 ? 2 : count <= 16 ? 1 : 0;
            colors = new int[256]; // beyond the palette all is transparent
            for (int i = 0; i < count; i++) {
                colors[i] = i == 0 ? differences[0] : add(differences[i], colors[i - 1]);
            }
            whole = new int[width];
        }

        int packedWidth() {
            return Vp8lPixels.squares(whole.length, bits);
        }

        @Override
        public int[] undo(int[] row) {
            int size = 8 >> bits;
            for (int x = 0; x < whole.length; x++) {
                int packed = row[x >> bits] >> 8 & 0xff;
                int index = packed >> (x & (1 << bits) - 1) * size & (1 << size) - 1;
                whole[x] = colors[index];
            }
            return whole;
        }
    }
}
