package io.step3.image;

import org.jspecify.annotations.Nullable;

/** Turns a PNG's samples into RGB over white. */
final class PngColors {
    private static final int GREY = 0;
    private static final int RGB = 2;
    private static final int GREY_ALPHA = 4;

    private final PngHeader header;

    /** RGB by sample of up to 8 bits, for grey and palettes. */
    private final int[] table;

    /** The samples of the one transparent colour, null where there is none. */
    private final int @Nullable [] transparent;

    /**
     * Makes a converter.
     *
     * @param palette a PLTE chunk, or empty
     * @param transparency a tRNS chunk, or empty
     */
    PngColors(PngHeader header, byte[] palette, byte[] transparency) {
        this.header = header;
        boolean hasColor = header.colorType() <= RGB && transparency.length >= 2 * header.samples();
        transparent = hasColor ? samples(transparency, header.samples()) : null;
        table = header.colorType() == PngHeader.PALETTE ? colors(palette, transparency) : greys();
    }

    private static int[] samples(byte[] transparency, int count) {
        int[] samples = new int[count];
        for (int i = 0; i < count; i++) {
            samples[i] = (transparency[2 * i] & 0xff) << 8 | transparency[2 * i + 1] & 0xff;
        }
        return samples;
    }

    /** An index beyond the palette is black, as in Pillow. */
    private static int[] colors(byte[] palette, byte[] alphas) {
        int[] table = new int[256];
        for (int i = 0; 3 * i + 2 < palette.length && i < table.length; i++) {
            int alpha = i < alphas.length ? alphas[i] & 0xff : 255;
            table[i] = rgb(palette[3 * i], palette[3 * i + 1], palette[3 * i + 2], alpha);
        }
        return table;
    }

    private static int rgb(byte red, byte green, byte blue, int alpha) {
        return (CanvasRows.overWhite(red & 0xff, alpha) & 0xff) << 16
                | (CanvasRows.overWhite(green & 0xff, alpha) & 0xff) << 8
                | CanvasRows.overWhite(blue & 0xff, alpha) & 0xff;
    }

    private int[] greys() {
        int[] table = new int[256];
        int bits = Math.min(8, header.bits());
        int most = (1 << bits) - 1;
        for (int value = 0; value <= most; value++) {
            table[value] = value * 255 / most * 0x010101;
        }
        if (transparent != null && header.bits() <= 8) {
            table[transparent[0] & most] = 0xffffff;
        }
        return table;
    }

    /**
     * Converts a row.
     *
     * @param row unfiltered
     * @param pixels of the row
     * @param rgb gets pixel i at column {@code first + i * step}
     */
    void toRgb(byte[] row, int pixels, byte[] rgb, int first, int step) {
        int bytes = header.bits() == 16 ? 2 : 1;
        int at = 3 * first;
        int from = 0;
        boolean tabled = header.colorType() == GREY || header.colorType() == PngHeader.PALETTE;
        for (int i = 0; i < pixels; i++, at += 3 * step, from += header.samples() * bytes) {
            if (tabled) {
                put(table[bytes == 1 ? sample(row, i) : row[from] & 0xff], rgb, at);
                if (bytes == 2 && isTransparent(row, from, 2)) {
                    put(0xffffff, rgb, at);
                }
            } else if (header.colorType() == RGB) {
                rgb[at] = row[from];
                rgb[at + 1] = row[from + bytes];
                rgb[at + 2] = row[from + 2 * bytes];
                if (transparent != null && isTransparent(row, from, bytes)) {
                    put(0xffffff, rgb, at);
                }
            } else {
                int colors = header.colorType() == GREY_ALPHA ? 0 : bytes;
                int alpha = row[from + (colors == 0 ? bytes : 3 * bytes)] & 0xff;
                rgb[at] = CanvasRows.overWhite(row[from] & 0xff, alpha);
                rgb[at + 1] = CanvasRows.overWhite(row[from + colors] & 0xff, alpha);
                rgb[at + 2] = CanvasRows.overWhite(row[from + 2 * colors] & 0xff, alpha);
            }
        }
    }

    private int sample(byte[] row, int i) {
        int bits = header.bits();
        if (bits == 8) {
            return row[i] & 0xff;
        }
        int bit = i * bits;
        return row[bit >> 3] >> (8 - bits - (bit & 7)) & (1 << bits) - 1;
    }

    private boolean isTransparent(byte[] row, int from, int bytes) {
        if (transparent == null) {
            return false;
        }
        for (int i = 0; i < transparent.length; i++) {
            int at = from + i * bytes;
            int value = row[at] & 0xff;
            int sample = bytes == 1 ? value : value << 8 | row[at + 1] & 0xff;
            if (sample != transparent[i]) {
                return false;
            }
        }
        return true;
    }

    private static void put(int color, byte[] rgb, int at) {
        rgb[at] = (byte) (color >> 16);
        rgb[at + 1] = (byte) (color >> 8);
        rgb[at + 2] = (byte) color;
    }
}
