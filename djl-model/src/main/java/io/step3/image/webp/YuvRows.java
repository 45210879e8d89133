package io.step3.image.webp;

/**
 * Colours at full resolution: each pixel's chroma is interpolated from the four samples around it,
 * weighed 9, 3, 3, 1 and rounded as libwebp does, and converted by the full matrix of BT.601.
 */
final class YuvRows {
    private final Vp8Plane luma;
    private final Vp8Plane[] chroma;
    private final byte[][] samples;
    private final int[] argb;

    YuvRows(int width, Vp8Plane y, Vp8Plane u, Vp8Plane v) {
        luma = y;
        chroma = new Vp8Plane[] {u, v};
        samples = new byte[2][width];
        argb = new int[width];
    }

    /**
     * Makes a row of the picture.
     *
     * @param row of macroblocks at work; the row must lie in it or, with its chroma, in the one
     *     above
     * @param height of the picture
     * @return in an array that is used again
     */
    int[] row(int y, int row, int height) {
        int near = y / 2;
        int lowest = (height - 1) / 2;
        int far = Math.clamp((y & 1) == 0 ? near - 1 : near + 1, 0, lowest);
        for (int plane = 0; plane < 2; plane++) {
            interpolate(
                    chroma[plane].pixels,
                    line(chroma[plane], near, row),
                    line(chroma[plane], far, row),
                    samples[plane]);
        }
        int at = line(luma, y, row);
        for (int x = 0; x < argb.length; x++) {
            argb[x] = rgb(luma.pixels[at + x] & 0xff, samples[0][x] & 0xff, samples[1][x] & 0xff);
        }
        return argb;
    }

    private static int line(Vp8Plane plane, int y, int row) {
        return (y - (row - 1) * plane.side) * plane.stride;
    }

    private static void interpolate(byte[] plane, int near, int far, byte[] to) {
        int width = to.length;
        to[0] = edge(plane[near], plane[far]);
        for (int x = 1; x <= width - 1 >> 1; x++) {
            int a = plane[near + x - 1] & 0xff;
            int b = plane[near + x] & 0xff;
            int c = plane[far + x - 1] & 0xff;
            int d = plane[far + x] & 0xff;
            int sum = a + b + c + d + 8;
            to[2 * x - 1] = (byte) ((sum + 2 * (b + c) >> 3) + a >> 1);
            to[2 * x] = (byte) ((sum + 2 * (a + d) >> 3) + b >> 1);
        }
        if (width % 2 == 0) {
            int last = width / 2 - 1;
            to[width - 1] = edge(plane[near + last], plane[far + last]);
        }
    }

    private static byte edge(byte near, byte far) {
        return (byte) (3 * (near & 0xff) + (far & 0xff) + 2 >> 2);
    }

    private static int rgb(int y, int u, int v) {
        int light = y * 19077 >> 8;
        int red = light + (v * 26149 >> 8) - 14234;
        int green = light - (u * 6419 >> 8) - (v * 13320 >> 8) + 8708;
        int blue = light + (u * 33050 >> 8) - 17685;
        return 0xff000000 | toByte(red) << 16 | toByte(green) << 8 | toByte(blue);
    }

    private static int toByte(int value) {
        return Math.max(0, Math.min(value >> 6, 255));
    }
}
