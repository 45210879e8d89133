package io.step3.training.lessons;

import java.awt.image.BufferedImage;
import java.util.List;

/**
 * An RGB picture.
 *
 * @param width pixels in a row
 * @param height rows
 * @param rgb three bytes a pixel, row by row
 * @param landmarks what is drawn where
 */
public record Picture(int width, int height, byte[] rgb, List<Landmark> landmarks) {

    /** Copies an image, transparency ignored. */
    public static Picture of(BufferedImage image, List<Landmark> landmarks) {
        int width = image.getWidth();
        int height = image.getHeight();
        int[] packed = image.getRGB(0, 0, width, height, null, 0, width);
        var rgb = new byte[packed.length * 3];
        for (int i = 0; i < packed.length; i++) {
            rgb[3 * i] = (byte) (packed[i] >> 16);
            rgb[3 * i + 1] = (byte) (packed[i] >> 8);
            rgb[3 * i + 2] = (byte) packed[i];
        }
        return new Picture(width, height, rgb, landmarks);
    }

    /** The picture as an image, for encoders and viewers. */
    public BufferedImage toImage() {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            int packed =
                    (rgb[3 * i] & 255) << 16 | (rgb[3 * i + 1] & 255) << 8 | rgb[3 * i + 2] & 255;
            image.setRGB(i % width, i / width, packed);
        }
        return image;
    }
}
