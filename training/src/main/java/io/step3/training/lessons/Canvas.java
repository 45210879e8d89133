package io.step3.training.lessons;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * A sheet to draw on: a size, a background, shades, and what storing a picture does to it at the
 * end.
 *
 * <p>Examinations show plain sheets: of sizes that the published pipeline does not cut, with smooth
 * edges and shades close to six fixed ones. Of those for training most are {@link Wide}.
 */
final class Canvas {

    private static final double WIDE = 0.6;

    private static final List<Color> LIGHT =
            List.of(
                    new Color(255, 255, 255),
                    new Color(255, 255, 255),
                    new Color(242, 242, 238),
                    new Color(226, 231, 240),
                    new Color(250, 245, 226),
                    new Color(205, 206, 208));
    private static final List<Color> DARK =
            List.of(new Color(0, 0, 0), new Color(22, 22, 26), new Color(46, 46, 52));

    final int width;
    final int height;
    final boolean dark;
    final Graphics2D graphics;
    private final BufferedImage image;
    private final Wide wide;

    /**
     * @param ratio largest ratio of the longer to the shorter side of a plain sheet, at most 1.5
     */
    Canvas(Dice dice, double ratio) {
        if (!dice.examining() && dice.chance(WIDE)) {
            wide = new Wide(dice);
            width = wide.width;
            height = wide.height;
            dark = wide.dark;
        } else {
            wide = null;
            int side = dice.chance(0.7) ? dice.between(112, 240) : dice.between(240, 400);
            int other = (int) Math.round(side / (dice.chance(0.4) ? 1 : dice.between(1.0, ratio)));
            boolean landscape = dice.chance(0.6);
            width = landscape ? side : other;
            height = landscape ? other : side;
            dark = dice.chance(0.2);
        }
        image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING,
                wide == null || wide.smooth
                        ? RenderingHints.VALUE_ANTIALIAS_ON
                        : RenderingHints.VALUE_ANTIALIAS_OFF);
        graphics.setRenderingHint(
                RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setPaint(wide == null ? dice.pick(dark ? DARK : LIGHT) : wide.background);
        graphics.fillRect(0, 0, width, height);
    }

    /** Whether this sheet is of the wider kind, on which more kinds of shapes may be drawn. */
    boolean wide() {
        return wide != null;
    }

    /** A colour for lines and digits that stands out from the background. */
    Color ink(Dice dice) {
        int grey = dice.between(0, 50);
        return dark ? new Color(255 - grey, 255 - grey, 255 - grey) : new Color(grey, grey, grey);
    }

    /** What this sheet has for a colour. */
    Color shade(Dice dice, Colour colour) {
        return wide == null ? colour.shade(dice) : wide.shade(dice, colour);
    }

    /**
     * Ends the drawing.
     *
     * @param landmarks what was drawn
     */
    Picture finish(Dice dice, List<Landmark> landmarks) {
        graphics.dispose();
        if (wide != null) {
            wide.grain(dice, image);
            return Picture.of(wide.stored(dice, image), landmarks);
        }
        Picture picture = Picture.of(image, landmarks);
        if (dice.chance(0.35)) {
            double strength = dice.between(1.0, 8.0);
            byte[] rgb = picture.rgb();
            for (int i = 0; i < rgb.length; i++) {
                double noise = noise(dice, strength);
                rgb[i] = (byte) Math.clamp(Math.round((rgb[i] & 255) + noise), 0, 255);
            }
        }
        return picture;
    }

    /** Sum of two uniform numbers: cheap, and bell enough. */
    static double noise(Dice dice, double strength) {
        return strength * (dice.between(-1.0, 1.0) + dice.between(-1.0, 1.0));
    }
}
