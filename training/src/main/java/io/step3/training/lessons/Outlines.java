package io.step3.training.lessons;

import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;

/**
 * How the shapes of one picture are drawn, about the origin, for a diameter of 1.
 *
 * @param stretch width of circles and squares, as a share of their height
 * @param corner diameter of a square's round corners, 0 for none
 * @param base width of a triangle, as a share of that of an equilateral one
 * @param lean how far the triangle's top is from the middle, in halves of its width
 * @param points of a star
 * @param notch inner radius of a star
 */
record Outlines(double stretch, double corner, double base, double lean, int points, double notch) {

    static final Outlines PLAIN = new Outlines(1, 0, 1, 0, 5, 0.25);

    /** Any that keep the shapes' names. */
    static Outlines any(Dice dice) {
        return new Outlines(
                dice.chance(0.5) ? 1 : dice.between(0.93, 1.07),
                dice.chance(0.8) ? 0 : dice.between(0.05, 0.2),
                dice.chance(0.4) ? 1 : dice.between(0.75, 1.25),
                dice.chance(0.85) ? 0 : dice.between(-1.0, 1.0),
                dice.chance(0.85) ? 5 : dice.between(4, 7),
                dice.between(0.2, 0.31));
    }

    java.awt.Shape of(Shape shape) {
        return switch (shape) {
            case CIRCLE -> new Ellipse2D.Double(-0.5 * stretch, -0.5, stretch, 1);
            case SQUARE ->
                    new RoundRectangle2D.Double(
                            -0.43 * stretch, -0.43, 0.86 * stretch, 0.86, corner, corner);
            case TRIANGLE -> triangle();
            case STAR -> star();
        };
    }

    private Path2D triangle() {
        double half = 0.58 * Math.sqrt(0.75) * base;
        var path = new Path2D.Double();
        path.moveTo(half * lean, -0.58);
        path.lineTo(half, 0.29);
        path.lineTo(-half, 0.29);
        path.closePath();
        return path;
    }

    private Path2D star() {
        var path = new Path2D.Double();
        for (int i = 0; i < 2 * points; i++) {
            double radius = i % 2 == 0 ? 0.6 : notch;
            double angle = Math.PI * i / points - Math.PI / 2;
            double x = radius * Math.cos(angle);
            double y = radius * Math.sin(angle);
            if (i == 0) {
                path.moveTo(x, y);
            } else {
                path.lineTo(x, y);
            }
        }
        path.closePath();
        return path;
    }
}
