package io.step3.training.lessons;

import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/** The shapes of the pictures. */
enum Shape {
    CIRCLE("circle"),
    SQUARE("square"),
    TRIANGLE("triangle"),
    STAR("star");

    final String word;

    Shape(String word) {
        this.word = word;
    }

    /** The outline about the origin, for a diameter of 1. */
    java.awt.Shape outline() {
        return switch (this) {
            case CIRCLE -> new Ellipse2D.Double(-0.5, -0.5, 1, 1);
            case SQUARE -> new Rectangle2D.Double(-0.43, -0.43, 0.86, 0.86);
            case TRIANGLE -> polygon(3, 0.58, 0.58);
            case STAR -> polygon(10, 0.6, 0.25);
        };
    }

    private static Path2D polygon(int corners, double even, double odd) {
        var path = new Path2D.Double();
        for (int i = 0; i < corners; i++) {
            double radius = i % 2 == 0 ? even : odd;
            double angle = 2 * Math.PI * i / corners - Math.PI / 2;
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
