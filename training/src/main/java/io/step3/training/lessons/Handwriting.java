package io.step3.training.lessons;

import java.awt.BasicStroke;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.util.ArrayList;

/**
 * Digits and a plus sign, drawn with strokes of their own so that the pictures do not depend on
 * installed fonts.
 */
final class Handwriting {

    /** Each glyph in a box of 10 by 16: M moves, L draws a line, C a cubic curve. */
    private static final String[] GLYPHS = {
        "M5 0 C-1 0 -1 16 5 16 C11 16 11 0 5 0",
        "M1.5 3.5 L5.5 0 L5.5 16",
        "M0.5 4 C1 -1.5 9.5 -1.5 9 4.5 C8.7 8 3 11 0.5 16 L9.5 16",
        "M1 1.5 C4 -1 9 0 8.5 4 C8.2 7 5 7.5 3.5 7.5 C6 7.5 9.5 8.5 9.3 12 C9 16.5 3 17 0.7 14",
        "M7 16 L7 0 L0.3 11 L9.7 11",
        "M8.7 0 L2 0 L1.4 7 C4 5 9.3 6 9.3 11 C9.3 16.5 3 17 0.7 14",
        "M8.5 1.5 C5 -1.5 0.8 3 0.8 10 C0.8 18 9.5 17.5 9.3 11 C9.2 5.5 2 5.5 0.8 11",
        "M0.5 0 L9.5 0 L4 16",
        "M5 7.5 C-0.5 6.5 0.5 0 5 0 C9.5 0 10.5 6.5 5 7.5 C-1.5 8.5 -0.5 16 5 16 C10.5 16 11.5 8.5 5 7.5",
        "M9.2 5 C9.2 10.5 0.8 10.5 0.7 5 C0.6 -1.5 9.2 -2 9.2 6 C9.2 13 5 17.5 1.5 14.5"
    };

    private static final String PLUS = "M0 8 L10 8 M5 3 L5 13";

    private Handwriting() {}

    /** Draws a number or a sum, such as {@code 37+45}. */
    static Picture draw(Dice dice, String text) {
        var canvas = new Canvas(dice, 1.4);
        double step = 13.5;
        double length = text.length() * step - 3.5;
        double most = Math.min(canvas.width * 0.88 / length, canvas.height * 0.8 / 16);
        double size = most * dice.between(0.72, 1.0);
        double tall = Math.min(dice.between(1.0, 1.3), canvas.height * 0.9 / (16 * size));
        double x = dice.between(0.06 * canvas.width, 0.94 * canvas.width - length * size);
        double room = canvas.height - 16 * size * tall;
        double y = dice.between(0.15 * room, 0.85 * room);
        var place = new AffineTransform();
        place.translate(x, y);
        place.scale(size, size * tall);
        place.shear(dice.between(-0.12, 0.05), 0);
        canvas.graphics.setStroke(
                new BasicStroke(
                        (float) (size * dice.between(1.2, 2.4)),
                        BasicStroke.CAP_ROUND,
                        BasicStroke.JOIN_ROUND));
        boolean coloured = dice.chance(0.4);
        canvas.graphics.setColor(
                coloured && !canvas.dark
                        ? canvas.shade(dice, dice.pick(Colour.BLUE, Colour.RED, Colour.PURPLE))
                        : canvas.ink(dice));
        var landmarks = new ArrayList<Landmark>();
        for (char glyph : text.toCharArray()) {
            canvas.graphics.draw(
                    place.createTransformedShape(path(glyph == '+' ? PLUS : GLYPHS[glyph - '0'])));
            Point2D centre = place.transform(new Point2D.Double(5, 8), null);
            landmarks.add(
                    Landmark.glyph(
                            glyph, centre.getX() / canvas.width, centre.getY() / canvas.height));
            place.translate(step + dice.between(-0.5, 0.5), dice.between(-0.4, 0.4));
        }
        return canvas.finish(dice, landmarks);
    }

    private static Path2D path(String strokes) {
        var path = new Path2D.Double();
        String[] words = strokes.replaceAll("([MLC])", "$1 ").split(" ");
        for (int i = 0; i < words.length; ) {
            switch (words[i]) {
                case "M" -> path.moveTo(number(words, i + 1), number(words, i + 2));
                case "L" -> path.lineTo(number(words, i + 1), number(words, i + 2));
                case "C" ->
                        path.curveTo(
                                number(words, i + 1),
                                number(words, i + 2),
                                number(words, i + 3),
                                number(words, i + 4),
                                number(words, i + 5),
                                number(words, i + 6));
                default -> throw new IllegalStateException(strokes);
            }
            i += words[i].equals("C") ? 7 : 3;
        }
        return path;
    }

    private static double number(String[] words, int index) {
        return Double.parseDouble(words[index]);
    }
}
