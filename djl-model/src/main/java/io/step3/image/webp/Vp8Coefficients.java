package io.step3.image.webp;

import java.util.Arrays;

/** Reads and scales the coefficients of a macroblock (RFC 6386, sections 13 and 14.3). */
final class Vp8Coefficients {
    private static final int LUMA_WITHOUT_DC = 0;
    private static final int LUMA_DC = 1;
    private static final int CHROMA = 2;
    private static final int LUMA = 3;
    private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
    private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
    private static final int[][] EXTRA_BITS = {
        {173, 148, 140},
        {176, 155, 140, 135},
        {180, 157, 141, 134, 130},
        {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
    };

    private final Vp8Header header;

    /** Whether the lowest blocks above have coefficients: [columns, 4 luma, 2 U, 2 V, DCs]. */
    private final int[] above;

    private final int[] left = new int[9];

    /** Blocks of 16: luma, U, V. */
    final short[] values = new short[24 * 16];

    /** Of each block: 0 without any coefficient, 1 with DC only, 2 with more. */
    final int[] extent = new int[24];

    private final short[] dcs = new short[16];

    Vp8Coefficients(Vp8Header header, int columns) {
        this.header = header;
        above = new int[9 * columns];
    }

    void startRow() {
        Arrays.fill(left, 0);
    }

    /** Passes over a macroblock that has no coefficients. */
    void skip(int column, boolean inParts) {
        int most = inParts ? 8 : 9; // the DCs' context stays where there are no DCs apart
        Arrays.fill(above, 9 * column, 9 * column + most, 0);
        Arrays.fill(left, 0, most, 0);
        Arrays.fill(extent, 0);
    }

    /**
     * Reads a macroblock.
     *
     * @return whether any coefficient is not zero
     */
    boolean read(BoolReader in, int column, Vp8Modes modes) {
        int[] steps = header.segments()[modes.segment].steps();
        int top = 9 * column;
        Arrays.fill(values, (short) 0);
        int first = 0;
        if (!modes.inParts) {
            Arrays.fill(dcs, (short) 0);
            int end = block(in, LUMA_DC, above[top + 8] + left[8], 0, steps, 2, dcs, 0);
            above[top + 8] = left[8] = end > 0 ? 1 : 0;
            if (end > 0) {
                spreadDcs();
            }
            first = 1;
        }
        boolean any = false;
        int kind = first == 1 ? LUMA_WITHOUT_DC : LUMA;
        for (int i = 0; i < 24; i++) {
            boolean luma = i < 16;
            int x = luma ? i & 3 : 4 + (i - 16 >> 2) * 2 + (i & 1);
            int y = luma ? i >> 2 : 4 + (i - 16 >> 2) * 2 + (i >> 1 & 1);
            int context = above[top + x] + left[y];
            int begin = luma ? first : 0;
            int end =
                    block(
                            in,
                            luma ? kind : CHROMA,
                            context,
                            begin,
                            steps,
                            luma ? 0 : 4,
                            values,
                            16 * i);
            above[top + x] = left[y] = end > begin ? 1 : 0;
            extent[i] = end > 1 ? 2 : values[16 * i] != 0 ? 1 : 0;
            any |= extent[i] > 0;
        }
        return any;
    }

    /**
     * Reads a block.
     *
     * @return the index behind its last coefficient, {@code first} if there is none
     */
    private int block(
            BoolReader in,
            int kind,
            int context,
            int first,
            int[] steps,
            int step,
            short[] to,
            int at) {
        int[] odds = header.coefficients();
        int n = first;
        int p = place(kind, n, context);
        while (n < 16) {
            if (!in.flag(odds[p])) {
                return n;
            }
            while (!in.flag(odds[p + 1])) {
                n++;
                if (n == 16) {
                    return 16;
                }
                p = place(kind, n, 0);
            }
            int value = 1;
            if (in.flag(odds[p + 2])) {
                value = large(in, odds, p);
            }
            int scaled = value * steps[n == 0 ? step : step + 1];
            to[at + ZIGZAG[n]] = (short) (in.flag() ? -scaled : scaled);
            n++;
            p = place(kind, n, value == 1 ? 1 : 2);
        }
        return 16;
    }

    private static int place(int kind, int n, int context) {
        return 11 * (3 * (8 * kind + BANDS[n]) + context);
    }

    private static int large(BoolReader in, int[] odds, int p) {
        if (!in.flag(odds[p + 3])) {
            return in.flag(odds[p + 4]) ? 3 + in.bit(odds[p + 5]) : 2;
        }
        if (!in.flag(odds[p + 6])) {
            if (!in.flag(odds[p + 7])) {
                return 5 + in.bit(159);
            }
            int high = in.bit(165);
            return 7 + 2 * high + in.bit(145);
        }
        int high = in.bit(odds[p + 8]);
        int category = 2 * high + in.bit(odds[p + 9 + high]);
        int extra = 0;
        for (int odd : EXTRA_BITS[category]) {
            extra = 2 * extra + in.bit(odd);
        }
        return extra + 3 + (8 << category);
    }

    /** The inverse Walsh-Hadamard transform. */
    private void spreadDcs() {
        int[] rows = new int[16];
        for (int i = 0; i < 4; i++) {
            int outer = dcs[i] + dcs[12 + i];
            int inner = dcs[4 + i] + dcs[8 + i];
            int innerLess = dcs[4 + i] - dcs[8 + i];
            int outerLess = dcs[i] - dcs[12 + i];
            rows[i] = outer + inner;
            rows[8 + i] = outer - inner;
            rows[4 + i] = outerLess + innerLess;
            rows[12 + i] = outerLess - innerLess;
        }
        for (int i = 0; i < 4; i++) {
            int dc = rows[4 * i] + 3;
            int outer = dc + rows[4 * i + 3];
            int inner = rows[4 * i + 1] + rows[4 * i + 2];
            int innerLess = rows[4 * i + 1] - rows[4 * i + 2];
            int outerLess = dc - rows[4 * i + 3];
            values[64 * i] = (short) (outer + inner >> 3);
            values[64 * i + 16] = (short) (outerLess + innerLess >> 3);
            values[64 * i + 32] = (short) (outer - inner >> 3);
            values[64 * i + 48] = (short) (outerLess - innerLess >> 3);
        }
    }
}
