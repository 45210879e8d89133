package io.step3.image;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;
import javax.imageio.IIOException;

/**
 * A white picture on which one decoded frame is painted. Samples are taken as they are: Java's
 * colour conversion is kept out, since it would take grey for linear light and change it.
 */
final class WhiteCanvas {
    private final Size size;
    private final byte[] rgb;

    WhiteCanvas(Size size) {
        this.size = size;
        this.rgb = new byte[Math.toIntExact(3 * size.pixels())];
        Arrays.fill(rgb, (byte) 255);
    }

    /** The picture; the canvas is not used any more. */
    RgbImage image() {
        return new RgbImage(size.width(), size.height(), rgb);
    }

    /** Paints a frame; it must lie within the canvas. */
    WhiteCanvas paint(BufferedImage frame, int left, int top) throws IIOException {
        return paint(frame, null, left, top);
    }

    /**
     * Paints a frame; it must lie within the canvas.
     *
     * @param alphas [height, width] of the frame, null for those of the frame itself
     */
    WhiteCanvas paint(BufferedImage frame, byte[] alphas, int left, int top) throws IIOException {
        int width = frame.getWidth();
        if (left + width > size.width() || top + frame.getHeight() > size.height()) {
            throw new IIOException("the frame is larger than its header says");
        }
        RowReader rows = rows(frame);
        int[] argb = new int[width];
        for (int y = 0; y < frame.getHeight(); y++) {
            rows.read(y, argb);
            int at = 3 * ((top + y) * size.width() + left);
            for (int x = 0; x < width; x++) {
                int pixel = argb[x];
                int alpha = alphas == null ? pixel >>> 24 : alphas[y * width + x] & 0xff;
                rgb[at++] = overWhite(pixel >> 16 & 0xff, alpha);
                rgb[at++] = overWhite(pixel >> 8 & 0xff, alpha);
                rgb[at++] = overWhite(pixel & 0xff, alpha);
            }
        }
        return this;
    }

    private static byte overWhite(int value, int alpha) {
        return (byte) (alpha == 255 ? value : (value * alpha + 255 * (255 - alpha) + 127) / 255);
    }

    private static RowReader rows(BufferedImage frame) {
        Raster raster = frame.getRaster();
        ColorModel colors = frame.getColorModel();
        int width = frame.getWidth();
        if (colors instanceof IndexColorModel palette) {
            int[] argb = new int[palette.getMapSize()];
            palette.getRGBs(argb);
            int[] indices = new int[width];
            return (y, row) -> {
                raster.getSamples(0, y, width, 1, 0, indices);
                for (int x = 0; x < width; x++) {
                    row[x] = argb[indices[x]];
                }
            };
        }
        int bands = raster.getNumBands();
        int bits = DataBuffer.getDataTypeSize(raster.getTransferType());
        if (!(colors instanceof ComponentColorModel) || bands > 4 || bits > 16) {
            return (y, row) -> frame.getRGB(0, y, width, 1, row, 0, width);
        }
        int[] samples = new int[width * bands];
        int green = bands < 3 ? 0 : 1;
        int blue = bands < 3 ? 0 : 2;
        boolean translucent = bands % 2 == 0;
        // Of 16 bits the upper byte, as Pillow does.
        int shift = bits - 8;
        return (y, row) -> {
            raster.getPixels(0, y, width, 1, samples);
            for (int x = 0, at = 0; x < width; x++, at += bands) {
                int alpha = translucent ? samples[at + bands - 1] >> shift : 255;
                row[x] =
                        alpha << 24
                                | samples[at] >> shift << 16
                                | samples[at + green] >> shift << 8
                                | samples[at + blue] >> shift;
            }
        };
    }

    @FunctionalInterface
    private interface RowReader {
        /** Writes row y, as sRGB with alpha that is not premultiplied. */
        void read(int y, int[] argb);
    }
}
