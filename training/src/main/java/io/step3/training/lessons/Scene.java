package io.step3.training.lessons;

import java.awt.BasicStroke;
import java.awt.geom.AffineTransform;
import java.util.List;

/**
 * Coloured shapes that do not touch, in three rows.
 *
 * @param rows top, middle and bottom third of the picture; the shapes whose centre is there, from
 *     left to right
 * @param picture the drawing
 */
record Scene(List<List<Thing>> rows, Picture picture) {

    /**
     * A shape in the scene.
     *
     * @param x centre, in pixels
     * @param y centre, in pixels
     * @param diameter in pixels
     */
    record Thing(Colour colour, Shape shape, double x, double y, double diameter) {

        String words() {
            return colour.word + " " + shape.word;
        }

        boolean like(Thing other) {
            return colour == other.colour && shape == other.shape;
        }
    }

    /** How shapes are chosen. */
    enum Choice {
        /** Any. */
        FREE,
        /** No two of the same colour and shape. */
        DISTINCT,
        /** As DISTINCT, and one is clearly the largest. */
        ONE_LARGE
    }

    List<Thing> things() {
        return rows.stream().flatMap(List::stream).toList();
    }

    /** Draws a scene of some shapes. */
    static Scene draw(Dice dice, int count, Choice choice) {
        var canvas = new Canvas(dice, 1.34);
        List<List<Thing>> rows = Layout.of(dice, canvas, count, choice);
        Outlines outlines = canvas.wide() ? Outlines.any(dice) : Outlines.PLAIN;
        boolean upright = canvas.wide() && dice.chance(0.6);
        boolean outlined = dice.chance(0.15);
        for (List<Thing> row : rows) {
            for (Thing thing : row) {
                var place = new AffineTransform();
                place.translate(thing.x(), thing.y());
                if (!upright) {
                    place.rotate(dice.between(0, 2 * Math.PI));
                }
                place.scale(thing.diameter(), thing.diameter());
                java.awt.Shape outline = place.createTransformedShape(outlines.of(thing.shape()));
                canvas.graphics.setColor(canvas.shade(dice, thing.colour()));
                canvas.graphics.fill(outline);
                if (outlined) {
                    canvas.graphics.setColor(canvas.ink(dice));
                    canvas.graphics.setStroke(new BasicStroke(Math.max(1, canvas.width / 150f)));
                    canvas.graphics.draw(outline);
                }
            }
        }
        List<Landmark> landmarks =
                rows.stream().flatMap(List::stream).map(thing -> landmark(thing, canvas)).toList();
        return new Scene(rows, canvas.finish(dice, landmarks));
    }

    private static Landmark landmark(Thing thing, Canvas canvas) {
        double x = thing.x() / canvas.width;
        double y = thing.y() / canvas.height;
        return Landmark.shape(thing.colour(), thing.shape(), x, y);
    }
}
