package io.step3.image.webp;

/** Smooths the edges between blocks (RFC 6386, section 15). */
final class Vp8LoopFilter {
    private Vp8LoopFilter() {}

    /**
     * The simple filter, of luma alone.
     *
     * @param at the first pixel behind the edge
     * @param across step over the edge
     * @param along step along it
     * @param limit of the difference over the edge
     */
    static void simple(byte[] pixels, int at, int across, int along, int limit) {
        for (int i = 0, p = at; i < 16; i++, p += along) {
            if (isSmooth(pixels, p, across, limit)) {
                two(pixels, p, across);
            }
        }
    }

    /** The normal filter between macroblocks. */
    static void outer(
            byte[] pixels,
            int at,
            int across,
            int along,
            int length,
            int limit,
            Vp8Header.Filter filter) {
        for (int i = 0, p = at; i < length; i++, p += along) {
            if (!isSmooth(pixels, p, across, limit, filter.interior())) {
                continue;
            }
            if (varies(pixels, p, across, filter.variance())) {
                two(pixels, p, across);
            } else {
                six(pixels, p, across);
            }
        }
    }

    /** The normal filter between the parts of a macroblock. */
    static void inner(
            byte[] pixels,
            int at,
            int across,
            int along,
            int length,
            int limit,
            Vp8Header.Filter filter) {
        for (int i = 0, p = at; i < length; i++, p += along) {
            if (!isSmooth(pixels, p, across, limit, filter.interior())) {
                continue;
            }
            if (varies(pixels, p, across, filter.variance())) {
                two(pixels, p, across);
            } else {
                four(pixels, p, across);
            }
        }
    }

    private static boolean isSmooth(byte[] x, int p, int s, int limit) {
        return 4 * difference(x, p - s, p) + difference(x, p - 2 * s, p + s) <= limit;
    }

    private static boolean isSmooth(byte[] x, int p, int s, int limit, int interior) {
        return isSmooth(x, p, s, limit)
                && difference(x, p - 4 * s, p - 3 * s) <= interior
                && difference(x, p - 3 * s, p - 2 * s) <= interior
                && difference(x, p - 2 * s, p - s) <= interior
                && difference(x, p + 3 * s, p + 2 * s) <= interior
                && difference(x, p + 2 * s, p + s) <= interior
                && difference(x, p + s, p) <= interior;
    }

    private static boolean varies(byte[] x, int p, int s, int most) {
        return difference(x, p - 2 * s, p - s) > most || difference(x, p + s, p) > most;
    }

    private static int difference(byte[] x, int p, int q) {
        return Math.abs((x[p] & 0xff) - (x[q] & 0xff));
    }

    private static void two(byte[] x, int p, int s) {
        int change = 3 * minus(x, p, p - s) + signed(minus(x, p - 2 * s, p + s));
        add(x, p - s, small(change + 3 >> 3));
        add(x, p, -small(change + 4 >> 3));
    }

    private static void four(byte[] x, int p, int s) {
        int change = 3 * minus(x, p, p - s);
        int high = small(change + 4 >> 3);
        int half = high + 1 >> 1;
        add(x, p - 2 * s, half);
        add(x, p - s, small(change + 3 >> 3));
        add(x, p, -high);
        add(x, p + s, -half);
    }

    private static void six(byte[] x, int p, int s) {
        int change = signed(3 * minus(x, p, p - s) + signed(minus(x, p - 2 * s, p + s)));
        int near = 27 * change + 63 >> 7;
        int middle = 18 * change + 63 >> 7;
        int far = 9 * change + 63 >> 7;
        add(x, p - 3 * s, far);
        add(x, p - 2 * s, middle);
        add(x, p - s, near);
        add(x, p, -near);
        add(x, p + s, -middle);
        add(x, p + 2 * s, -far);
    }

    private static int minus(byte[] x, int p, int q) {
        return (x[p] & 0xff) - (x[q] & 0xff);
    }

    private static void add(byte[] x, int p, int change) {
        x[p] = (byte) Math.max(0, Math.min((x[p] & 0xff) + change, 255));
    }

    private static int signed(int value) {
        return Math.max(-128, Math.min(value, 127));
    }

    private static int small(int value) {
        return Math.max(-16, Math.min(value, 15));
    }
}
