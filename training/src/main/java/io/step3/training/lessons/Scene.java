package io.step3.training.lessons;

import java.awt.BasicStroke;
import java.awt.geom.AffineTransform;
import java.util.ArrayList;
import java.util.List;

/**
 * Coloured shapes that do not touch, in three rows.
 *
 * @param rows top, middle and bottom third of the picture; the shapes whose centre is there, from
 *     left to right
 * @param picture the drawing
 */
record Scene(List<List<Thing>> rows, Picture picture) {

    private static final double FIRST_TRY = 0.34;
    private static final int MOST_IN_A_ROW = 4;

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
        List<List<Thing>> rows = null;
        // Smaller shapes with each failure, so that a place is found in the end.
        for (double largest = FIRST_TRY; rows == null; largest = Math.max(0.16, largest * 0.97)) {
            rows = place(dice, canvas, count, choice, largest);
        }
        boolean outlined = dice.chance(0.15);
        for (List<Thing> row : rows) {
            for (Thing thing : row) {
                var place = new AffineTransform();
                place.translate(thing.x(), thing.y());
                place.rotate(dice.between(0, 2 * Math.PI));
                place.scale(thing.diameter(), thing.diameter());
                java.awt.Shape outline = place.createTransformedShape(thing.shape().outline());
                canvas.graphics.setColor(thing.colour().shade(dice));
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

    private static List<List<Thing>> place(
            Dice dice, Canvas canvas, int count, Choice choice, double largest) {
        var inRow = new int[3];
        for (int i = 0; i < count; i++) {
            int row = dice.between(0, 2);
            if (inRow[row] == MOST_IN_A_ROW) {
                return null;
            }
            inRow[row]++;
        }
        double unit = Math.min(canvas.width, canvas.height);
        // A few colours and shapes in each picture, so that things come in groups.
        var colours = some(dice, Colour.values(), choice == Choice.FREE ? 2 : 4);
        var shapes = some(dice, Shape.values(), choice == Choice.FREE ? 1 : 3);
        var all = new ArrayList<Thing>();
        var rows = new ArrayList<List<Thing>>();
        int special = dice.between(0, Math.max(0, count - 1));
        double small = choice == Choice.ONE_LARGE ? Math.min(largest, 0.24) : largest;
        for (int row = 0; row < 3; row++) {
            var things = new ArrayList<Thing>();
            var xs = new ArrayList<Double>();
            double gap = 0.2;
            double free = 0.78 - gap * (inRow[row] - 1);
            for (int i = 0; i < inRow[row]; i++) {
                xs.add(dice.between(0, free));
            }
            xs.sort(null);
            for (int i = 0; i < inRow[row]; i++) {
                double diameter = unit * dice.between(0.16, small);
                if (choice == Choice.ONE_LARGE && all.size() == special) {
                    diameter = unit * dice.between(Math.max(0.3, 1.45 * small), 0.44);
                }
                double x = canvas.width * (0.11 + xs.get(i) + gap * i);
                double y = canvas.height * ((row + 0.5) / 3 + dice.between(-0.1, 0.1));
                var thing = new Thing(dice.pick(colours), dice.pick(shapes), x, y, diameter);
                if (collides(thing, all, choice)
                        || outside(x, diameter, canvas.width)
                        || outside(y, diameter, canvas.height)) {
                    return null;
                }
                things.add(thing);
                all.add(thing);
            }
            rows.add(List.copyOf(things));
        }
        return rows;
    }

    private static <T> List<T> some(Dice dice, T[] values, int least) {
        var list = new ArrayList<>(List.of(values));
        dice.shuffle(list);
        return list.subList(0, dice.between(least, values.length));
    }

    private static boolean outside(double centre, double diameter, double side) {
        return centre < diameter * 0.55 || centre > side - diameter * 0.55;
    }

    private static boolean collides(Thing thing, List<Thing> others, Choice choice) {
        for (Thing other : others) {
            double distance = Math.hypot(thing.x - other.x, thing.y - other.y);
            if (distance < 0.58 * (thing.diameter + other.diameter) + 1
                    || choice != Choice.FREE && thing.like(other)) {
                return true;
            }
        }
        return false;
    }
}
