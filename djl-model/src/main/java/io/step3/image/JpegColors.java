package io.step3.image;

import java.util.Arrays;
import javax.imageio.IIOException;

/**
 * What the components of a JPEG mean, and how they become RGB: with libjpeg's and Pillow's
 * arithmetic.
 */
enum JpegColors {
    GREY(1) {
        @Override
        void toRgb(byte[] row, byte[] rgb, int at) {
            for (byte grey : row) {
                rgb[at++] = grey;
                rgb[at++] = grey;
                rgb[at++] = grey;
            }
        }
    },
    RGB(3) {
        @Override
        void toRgb(byte[] row, byte[] rgb, int at) {
            System.arraycopy(row, 0, rgb, at, row.length);
        }
    },
    YCBCR(3) {
        @Override
        void toRgb(byte[] row, byte[] rgb, int at) {
            for (int i = 0; i < row.length; i += 3) {
                convert(row, i, rgb, at + i);
            }
        }
    },
    CMYK(4) {
        @Override
        void toRgb(byte[] row, byte[] rgb, int at) {
            for (int i = 0; i < row.length; i += 4) {
                for (int c = 0; c < 3; c++) {
                    rgb[at++] = ink(row[i + c] & 0xff, row[i + 3] & 0xff);
                }
            }
        }
    },
    YCCK(4) {
        @Override
        void toRgb(byte[] row, byte[] rgb, int at) {
            for (int i = 0; i < row.length; i += 4, at += 3) {
                convert(row, i, rgb, at);
                for (int c = 0; c < 3; c++) {
                    rgb[at + c] = ink(255 - (rgb[at + c] & 0xff), row[i + 3] & 0xff);
                }
            }
        }
    };

    private final int components;

    JpegColors(int components) {
        this.components = components;
    }

    /**
     * Decides as libjpeg does ({@code default_decompress_parms} in jdapimin.c).
     *
     * @param transform of the Adobe segment, -1 without one
     */
    static JpegColors of(byte[] componentIds, boolean jfif, int transform) throws IIOException {
        return switch (componentIds.length) {
            case 1 -> GREY;
            case 3 -> {
                boolean rgb =
                        transform < 0
                                ? Arrays.equals(componentIds, new byte[] {'R', 'G', 'B'})
                                : transform == 0;
                yield rgb && !jfif ? RGB : YCBCR;
            }
            case 4 -> transform > 0 ? YCCK : CMYK;
            default ->
                    throw new IIOException(
                            "is a JPEG file with "
                                    + componentIds.length
                                    + " colours; save it as PNG");
        };
    }

    int components() {
        return components;
    }

    /** Converts a row of interleaved components and writes it from {@code at} on. */
    abstract void toRgb(byte[] row, byte[] rgb, int at);

    /** JFIF's conversion in the 16-bit fixed point of libjpeg's {@code ycc_rgb_convert}. */
    private static void convert(byte[] ycc, int from, byte[] rgb, int at) {
        int y = ycc[from] & 0xff;
        int cb = (ycc[from + 1] & 0xff) - 128;
        int cr = (ycc[from + 2] & 0xff) - 128;
        int half = 1 << 15;
        rgb[at] = (byte) Math.clamp(y + (91881 * cr + half >> 16), 0, 255);
        rgb[at + 1] = (byte) Math.clamp(y + (-22554 * cb - 46802 * cr + half >> 16), 0, 255);
        rgb[at + 2] = (byte) Math.clamp(y + (116130 * cb + half >> 16), 0, 255);
    }

    /**
     * Light left by one ink and black. Like Pillow, we take it that all four are stored inverted
     * (255 is no ink), as Adobe's programs do.
     */
    private static byte ink(int color, int black) {
        int product = (255 - color) * black + 128;
        return (byte) Math.max(0, black - ((product >> 8) + product >> 8));
    }
}
