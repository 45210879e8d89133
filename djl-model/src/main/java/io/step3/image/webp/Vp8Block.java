package io.step3.image.webp;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One macroblock of one plane while it is predicted (RFC 6386, section 12) and its residue added
 * (section 14), with the pixels above it and to its left.
 */
final class Vp8Block {
    static final int STRIDE = 32;

    /** Where the block begins; above it are the pixels above, left of it those to the left. */
    static final int ORIGIN = STRIDE + 8;

    /** Beyond the picture, above and to the left. */
    private static final int ABOVE = 127;

    private static final int LEFT = 129;

    private final int side;
    final int[] pixels = new int[STRIDE * 17];

    /** Around a part, from its lowest pixel on the left over the corner to the last above. */
    private final int[] edge = new int[13];

    /** Of a transform that is half done, [4, 4]. */
    private final int[] columns = new int[16];

    /**
     * A block.
     *
     * @param side 16 for luma, 8 for chroma
     */
    Vp8Block(int side) {
        this.side = side;
    }

    /** Begins a row of macroblocks. */
    void startRow(boolean first) {
        for (int y = 0; y < side; y++) {
            pixels[ORIGIN + y * STRIDE - 1] = LEFT;
        }
        int above = ORIGIN - STRIDE;
        if (first) {
            Arrays.fill(pixels, above - 1, above + side + 4, ABOVE);
        } else {
            pixels[above - 1] = LEFT;
        }
    }

    /**
     * Goes on with the macroblock to the right.
     *
     * @param column of macroblocks
     * @param last whether there is none behind it
     * @param above the lowest row of pixels above, null in the first row
     */
    void next(int column, boolean last, byte @Nullable [] above) {
        if (column > 0) {
            for (int y = -1; y < side; y++) {
                int row = ORIGIN + y * STRIDE;
                pixels[row - 1] = pixels[row + side - 1];
            }
        }
        int top = ORIGIN - STRIDE;
        int from = column * side;
        if (above != null) {
            for (int x = 0; x < side; x++) {
                pixels[top + x] = above[from + x] & 0xff;
            }
            for (int x = side; x < side + 4; x++) {
                pixels[top + x] = above[last ? from + side - 1 : from + x] & 0xff;
            }
        } else {
            Arrays.fill(pixels, top, top + side + 4, ABOVE);
        }
        // The parts at the right edge all see the same pixels above on their right.
        for (int y = 4; y < side; y += 4) {
            System.arraycopy(pixels, top + side, pixels, top + y * STRIDE + side, 4);
        }
    }

    /** Predicts the whole block. */
    void predict(int mode, boolean hasAbove, boolean hasLeft) {
        switch (mode) {
            case Vp8Modes.DC -> fill(mean(hasAbove, hasLeft));
            case Vp8Modes.TRUE_MOTION -> trueMotion(ORIGIN, side);
            case Vp8Modes.VERTICAL -> {
                for (int y = 0; y < side; y++) {
                    System.arraycopy(pixels, ORIGIN - STRIDE, pixels, ORIGIN + y * STRIDE, side);
                }
            }
            case Vp8Modes.HORIZONTAL -> {
                for (int y = 0; y < side; y++) {
                    int row = ORIGIN + y * STRIDE;
                    Arrays.fill(pixels, row, row + side, pixels[row - 1]);
                }
            }
            default -> throw new AssertionError(mode);
        }
    }

    private int mean(boolean hasAbove, boolean hasLeft) {
        if (!hasAbove && !hasLeft) {
            return 128;
        }
        int sum = 0;
        int count = 0;
        for (int i = 0; i < side; i++) {
            if (hasAbove) {
                sum += pixels[ORIGIN - STRIDE + i];
                count++;
            }
            if (hasLeft) {
                sum += pixels[ORIGIN + i * STRIDE - 1];
                count++;
            }
        }
        return (sum + count / 2) / count;
    }

    private void fill(int value) {
        for (int y = 0; y < side; y++) {
            int row = ORIGIN + y * STRIDE;
            Arrays.fill(pixels, row, row + side, value);
        }
    }

    private void trueMotion(int at, int size) {
        int corner = pixels[at - STRIDE - 1];
        for (int y = 0; y < size; y++) {
            int row = at + y * STRIDE;
            int change = pixels[row - 1] - corner;
            for (int x = 0; x < size; x++) {
                pixels[row + x] = clamp(pixels[at - STRIDE + x] + change);
            }
        }
    }

    /** Predicts one of the 16 parts of luma, from the pixels around it in a line: the edge. */
    void predictPart(int part, int mode) {
        int at = place(part);
        if (mode == Vp8Modes.TRUE_MOTION) {
            trueMotion(at, 4);
            return;
        }
        for (int i = 0; i < 4; i++) {
            edge[i] = pixels[at + (3 - i) * STRIDE - 1];
        }
        System.arraycopy(pixels, at - STRIDE - 1, edge, 4, 9);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                pixels[at + y * STRIDE + x] = predicted(mode, edge, x, y);
            }
        }
    }

    private static int predicted(int mode, int[] e, int x, int y) {
        return switch (mode) {
            case Vp8Modes.DC -> e[0] + e[1] + e[2] + e[3] + e[5] + e[6] + e[7] + e[8] + 4 >> 3;
            case Vp8Modes.VERTICAL -> three(e, 5 + x);
            case Vp8Modes.HORIZONTAL -> y < 3 ? three(e, 3 - y) : e[1] + 3 * e[0] + 2 >> 2;
            case Vp8Modes.DOWN_LEFT -> x + y < 6 ? three(e, 6 + x + y) : e[11] + 3 * e[12] + 2 >> 2;
            case Vp8Modes.DOWN_RIGHT -> three(e, 4 + x - y);
            case Vp8Modes.VERTICAL_RIGHT -> {
                int i = 2 * x - y; // which way a line of slope 2 goes
                yield i < -1
                        ? three(e, 5 - y)
                        : (i & 1) == 0 ? two(e, 4 + i / 2) : three(e, 4 + (i + 1 >> 1));
            }
            case Vp8Modes.VERTICAL_LEFT -> {
                int i = 5 + x + (y >> 1);
                if (x == 3 && y > 1) {
                    yield three(e, y == 2 ? 10 : 11);
                }
                yield (y & 1) == 0 ? two(e, i) : three(e, i + 1);
            }
            case Vp8Modes.HORIZONTAL_DOWN -> {
                int i = 2 * y - x;
                yield i < -1
                        ? three(e, 3 + x)
                        : (i & 1) == 0 ? two(e, 3 - i / 2) : three(e, 4 - (i + 1) / 2);
            }
            case Vp8Modes.HORIZONTAL_UP -> {
                int i = x + 2 * y;
                yield i > 5
                        ? e[0]
                        : i == 5
                                ? e[1] + 3 * e[0] + 2 >> 2
                                : (i & 1) == 0 ? two(e, 2 - i / 2) : three(e, 2 - i / 2);
            }
            default -> throw new AssertionError(mode);
        };
    }

    /** The mean of two neighbours of the edge. */
    private static int two(int[] e, int i) {
        return e[i] + e[i + 1] + 1 >> 1;
    }

    /** The weighed mean around a pixel of the edge. */
    private static int three(int[] e, int i) {
        return e[i - 1] + 2 * e[i] + e[i + 1] + 2 >> 2;
    }

    /** Adds the residue of a part: the inverse DCT of its coefficients. */
    void add(int part, short[] c, int from, int extent) {
        int at = place(part);
        if (extent == 1) {
            int dc = c[from] + 4 >> 3;
            for (int y = 0; y < 4; y++) {
                for (int x = 0; x < 4; x++) {
                    int p = at + y * STRIDE + x;
                    pixels[p] = clamp(pixels[p] + dc);
                }
            }
            return;
        }
        for (int i = 0; i < 4; i++) {
            int even = c[from + i] + c[from + 8 + i];
            int evenLess = c[from + i] - c[from + 8 + i];
            int oddLess = sine(c[from + 4 + i]) - cosine(c[from + 12 + i]);
            int odd = cosine(c[from + 4 + i]) + sine(c[from + 12 + i]);
            columns[i] = even + odd;
            columns[4 + i] = evenLess + oddLess;
            columns[8 + i] = evenLess - oddLess;
            columns[12 + i] = even - odd;
        }
        for (int y = 0; y < 4; y++) {
            int row = 4 * y;
            int even = columns[row] + columns[row + 2] + 4;
            int evenLess = columns[row] - columns[row + 2] + 4;
            int oddLess = sine(columns[row + 1]) - cosine(columns[row + 3]);
            int odd = cosine(columns[row + 1]) + sine(columns[row + 3]);
            int p = at + y * STRIDE;
            pixels[p] = clamp(pixels[p] + (even + odd >> 3));
            pixels[p + 1] = clamp(pixels[p + 1] + (evenLess + oddLess >> 3));
            pixels[p + 2] = clamp(pixels[p + 2] + (evenLess - oddLess >> 3));
            pixels[p + 3] = clamp(pixels[p + 3] + (even - odd >> 3));
        }
    }

    /** Times the square root of 2 and the cosine of 22.5 degrees, in 16-bit fixed point. */
    private static int cosine(int value) {
        return value + (value * 20091 >> 16);
    }

    /** Times the square root of 2 and the sine of 22.5 degrees. */
    private static int sine(int value) {
        return value * 35468 >> 16;
    }

    private int place(int part) {
        int across = side / 4;
        return ORIGIN + part / across * 4 * STRIDE + part % across * 4;
    }

    private static int clamp(int value) {
        return Math.max(0, Math.min(value, 255));
    }
}
