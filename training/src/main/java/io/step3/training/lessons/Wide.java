package io.step3.training.lessons;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Paint;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/**
 * The ways in which other programs' pictures differ from one another (augmentation): sizes up to
 * those that are cut into crops, backgrounds, every shade that has the colour's name, edges with
 * and without anti-aliasing, JPEG.
 */
final class Wide {

    /** The least distance of a shade to the background, of 441 from black to white. */
    private static final double CONTRAST = 90;

    /** A prime, so that the strip does not repeat from row to row. */
    private static final int STRIP = 8191;

    private static final List<int[]> SIZES =
            List.of(
                    new int[] {320, 240},
                    new int[] {640, 480},
                    new int[] {400, 300},
                    new int[] {300, 200},
                    new int[] {600, 400},
                    new int[] {224, 224},
                    new int[] {256, 256},
                    new int[] {512, 512},
                    new int[] {800, 600},
                    new int[] {1024, 768},
                    new int[] {1280, 720});

    final int width;
    final int height;
    final boolean dark;
    final boolean smooth;
    final Paint background;
    private final boolean uneven;
    private final Map<Colour, Color> shades = new EnumMap<>(Colour.class);

    Wide(Dice dice) {
        int[] size = size(dice);
        boolean landscape = dice.chance(0.7);
        width = landscape ? size[0] : size[1];
        height = landscape ? size[1] : size[0];
        dark = dice.chance(0.12);
        smooth = dice.chance(0.7);
        Color first = paper(dice);
        Color last = dice.chance(0.15) ? paper(dice) : first;
        background =
                first.equals(last)
                        ? first
                        : new GradientPaint(
                                0, 0, first, dice.chance(0.5) ? width : 0, height, last);
        double kind = dice.between(0.0, 1.0);
        for (Colour colour : Colour.values()) {
            shades.put(colour, clear(dice, colour, kind, first, last));
        }
        uneven = dice.chance(0.3);
    }

    /** Longer side first. */
    private static int[] size(Dice dice) {
        double kind = dice.between(0.0, 1.0);
        if (kind < 0.25) {
            return dice.pick(SIZES);
        }
        // One in eight of the rest is large or long enough to be cut.
        int side = kind < 0.94 ? dice.between(96, 728) : dice.between(729, 1300);
        double most = kind > 0.3 && kind < 0.37 ? 2.2 : 1.5;
        double ratio = dice.chance(0.3) ? 1 : dice.between(1.0, most);
        return new int[] {side, (int) Math.round(side / ratio)};
    }

    private Color paper(Dice dice) {
        if (dark) {
            return hsb(dice.between(0.0, 360.0), dice.between(0.0, 0.5), dice.between(0.0, 0.22));
        }
        double kind = dice.between(0.0, 1.0);
        if (kind < 0.45) {
            return Color.WHITE;
        }
        if (kind < 0.65) {
            int grey = dice.between(195, 255);
            return new Color(grey, grey, grey);
        }
        return hsb(dice.between(0.0, 360.0), dice.between(0.0, 0.16), dice.between(0.82, 1.0));
    }

    /** A shade that can be told from the background. */
    private static Color clear(Dice dice, Colour colour, double kind, Color first, Color last) {
        while (true) {
            Color shade = colour.anyShade(dice, kind);
            if (distance(shade, first) > CONTRAST && distance(shade, last) > CONTRAST) {
                return shade;
            }
            // What is too close in one kind of shades is taken from all.
            kind = dice.between(0.0, 1.0);
        }
    }

    private static double distance(Color a, Color b) {
        return Math.hypot(
                Math.hypot(a.getRed() - b.getRed(), a.getGreen() - b.getGreen()),
                a.getBlue() - b.getBlue());
    }

    static Color hsb(double hue, double saturation, double brightness) {
        return Color.getHSBColor((float) (hue / 360), (float) saturation, (float) brightness);
    }

    /** One for all things of a colour, in some pictures a little off each time. */
    Color shade(Dice dice, Colour colour) {
        Color shade = shades.get(colour);
        return uneven
                ? new Color(
                        off(dice, shade.getRed()),
                        off(dice, shade.getGreen()),
                        off(dice, shade.getBlue()))
                : shade;
    }

    private static int off(Dice dice, int value) {
        return Math.clamp(value + dice.between(-12, 12), 0, 255);
    }

    /** Adds noise to a third of the pictures: large ones are many, so a strip of it is repeated. */
    void grain(Dice dice, BufferedImage image) {
        if (!dice.chance(0.33)) {
            return;
        }
        double strength = dice.between(1.0, 8.0);
        var noise = new int[STRIP];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (int) Math.round(Canvas.noise(dice, strength));
        }
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        int next = 0;
        for (int i = 0; i < pixels.length; i++) {
            int pixel = 0;
            for (int shift = 0; shift < 24; shift += 8) {
                int value = (pixels[i] >> shift & 255) + noise[next];
                pixel |= Math.clamp(value, 0, 255) << shift;
                next = next + 1 == STRIP ? 0 : next + 1;
            }
            pixels[i] = pixel;
        }
    }

    /** What is left of the picture once stored: three in ten are stored as JPEG. */
    BufferedImage stored(Dice dice, BufferedImage image) {
        if (!dice.chance(0.3)) {
            return image;
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (var bytes = new ByteArrayOutputStream();
                var stream = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam quality = writer.getDefaultWriteParam();
            quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            quality.setCompressionQuality((float) dice.between(0.3, 0.95));
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), quality);
            stream.flush();
            return ImageIO.read(new ByteArrayInputStream(bytes.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
    }
}
