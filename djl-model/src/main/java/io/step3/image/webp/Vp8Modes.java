package io.step3.image.webp;

import java.util.Arrays;

/** How macroblocks are predicted (RFC 6386, sections 9.3, 11 and 8 for the segment). */
final class Vp8Modes {
    static final int DC = 0;
    static final int TRUE_MOTION = 1;
    static final int VERTICAL = 2;
    static final int HORIZONTAL = 3;
    static final int DOWN_LEFT = 4;
    static final int DOWN_RIGHT = 5;
    static final int VERTICAL_RIGHT = 6;
    static final int VERTICAL_LEFT = 7;
    static final int HORIZONTAL_DOWN = 8;
    static final int HORIZONTAL_UP = 9;

    private final Vp8Header header;

    /** Modes of the blocks above, [4 * macroblocks in a row]. */
    private final int[] above;

    private final int[] left = new int[4];

    /** Of the macroblock that was read last: which segment it belongs to. */
    int segment;

    /** Whether it has no coefficients. */
    boolean skipped;

    /** Whether its luma is predicted in parts. */
    boolean inParts;

    /** Modes of its luma: all 16 in parts, else the first. */
    final int[] luma = new int[16];

    int chroma;

    Vp8Modes(Vp8Header header, int columns) {
        this.header = header;
        above = new int[4 * columns];
    }

    void startRow() {
        Arrays.fill(left, DC);
    }

    void read(int column) {
        BoolReader in = header.modes();
        int[] tree = header.segmentProbabilities();
        segment = 0;
        if (tree != null) {
            segment = in.flag(tree[0]) ? 2 + in.bit(tree[2]) : in.bit(tree[1]);
        }
        skipped = header.skipProbability() >= 0 && in.flag(header.skipProbability());
        inParts = !in.flag(145);
        if (inParts) {
            readParts(in, 4 * column);
        } else {
            luma[0] =
                    in.flag(156)
                            ? in.flag(128) ? TRUE_MOTION : HORIZONTAL
                            : in.flag(163) ? VERTICAL : DC;
            Arrays.fill(above, 4 * column, 4 * column + 4, luma[0]);
            Arrays.fill(left, luma[0]);
        }
        chroma =
                !in.flag(142)
                        ? DC
                        : !in.flag(114) ? VERTICAL : in.flag(183) ? TRUE_MOTION : HORIZONTAL;
    }

    private void readParts(BoolReader in, int column) {
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                int mode = part(in, 9 * (10 * above[column + x] + left[y]));
                above[column + x] = mode;
                left[y] = mode;
                luma[4 * y + x] = mode;
            }
        }
    }

    private static int part(BoolReader in, int p) {
        int[] odds = Vp8Tables.RFC.modes();
        if (!in.flag(odds[p])) {
            return DC;
        }
        if (!in.flag(odds[p + 1])) {
            return TRUE_MOTION;
        }
        if (!in.flag(odds[p + 2])) {
            return VERTICAL;
        }
        if (!in.flag(odds[p + 3])) {
            if (!in.flag(odds[p + 4])) {
                return HORIZONTAL;
            }
            return in.flag(odds[p + 5]) ? VERTICAL_RIGHT : DOWN_RIGHT;
        }
        if (!in.flag(odds[p + 6])) {
            return DOWN_LEFT;
        }
        if (!in.flag(odds[p + 7])) {
            return VERTICAL_LEFT;
        }
        return in.flag(odds[p + 8]) ? HORIZONTAL_UP : HORIZONTAL_DOWN;
    }
}
