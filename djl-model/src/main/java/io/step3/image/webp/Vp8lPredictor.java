package io.step3.image.webp;

import java.io.IOException;

/** Pixels were predicted from their neighbours, otherwise in each square (RFC 9649, 4.1). */
final class Vp8lPredictor implements Vp8lTransform {
    private static final int BLACK = 0xff000000;

    private final int bits;
    private final int across;
    private final int[] modes;

    /** The row above, with one more pixel at its end. */
    private final int[] above;

    private int y;

    Vp8lPredictor(BitReader in, int width, int height) throws IOException {
        bits = 2 + in.number(3);
        across = Vp8lPixels.squares(width, bits);
        modes = Vp8lPixels.read(in, across, Vp8lPixels.squares(height, bits));
        above = new int[width + 1];
    }

    @Override
    public int[] undo(int[] row) {
        int line = (y >> bits) * across;
        int left = Vp8lTransform.add(row[0], y == 0 ? BLACK : above[0]);
        row[0] = left;
        // The last pixel's neighbour above and to the right is the first pixel of its own row.
        above[row.length] = left;
        for (int x = 1; x < row.length; x++) {
            int mode = y == 0 ? 1 : modes[line + (x >> bits)] >> 8 & 15;
            left = Vp8lTransform.add(row[x], predicted(mode, left, x));
            row[x] = left;
        }
        System.arraycopy(row, 0, above, 0, row.length);
        y++;
        return row;
    }

    private int predicted(int mode, int left, int x) {
        int top = above[x];
        int right = above[x + 1];
        int corner = above[x - 1];
        return switch (mode) {
            case 1 -> left;
            case 2 -> top;
            case 3 -> right;
            case 4 -> corner;
            case 5 -> mean(mean(left, right), top);
            case 6 -> mean(left, corner);
            case 7 -> mean(left, top);
            case 8 -> mean(corner, top);
            case 9 -> mean(top, right);
            case 10 -> mean(mean(left, corner), mean(top, right));
            case 11 -> nearer(left, top, corner);
            case 12 -> gradient(left, top, corner);
            case 13 -> halfGradient(mean(left, top), corner);
            default -> BLACK;
        };
    }

    private static int mean(int a, int b) {
        return (((a ^ b) & 0xfefefefe) >>> 1) + (a & b);
    }

    private static int nearer(int left, int top, int corner) {
        int toLeft = 0;
        int toTop = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int c = corner >>> shift & 0xff;
            toLeft += Math.abs((top >>> shift & 0xff) - c);
            toTop += Math.abs((left >>> shift & 0xff) - c);
        }
        return toLeft < toTop ? left : top;
    }

    private static int gradient(int left, int top, int corner) {
        int pixel = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int value =
                    (left >>> shift & 0xff) + (top >>> shift & 0xff) - (corner >>> shift & 0xff);
            pixel |= clamp(value) << shift;
        }
        return pixel;
    }

    private static int halfGradient(int mean, int corner) {
        int pixel = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            int value = mean >>> shift & 0xff;
            pixel |= clamp(value + (value - (corner >>> shift & 0xff)) / 2) << shift;
        }
        return pixel;
    }

    private static int clamp(int value) {
        return Math.max(0, Math.min(value, 255));
    }
}
