package io.step3.training.lessons;

import io.step3.training.lessons.Scene.Choice;
import io.step3.training.lessons.Scene.Thing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Where the shapes of a scene stand, and which they are. */
final class Layout {

    private static final double FIRST_TRY = 0.34;
    private static final int MOST_IN_A_ROW = 4;

    /** As much of the picture lies at least between two shapes of a row, from left to right. */
    private static final double LEAST_STEP = 0.07;

    private Layout() {}

    /** Three rows of shapes, each from left to right. */
    static List<List<Thing>> of(Dice dice, Canvas canvas, int count, Choice choice) {
        List<List<Thing>> rows = null;
        boolean scattered = canvas.wide() && dice.chance(0.6);
        boolean close = canvas.wide() && !scattered && dice.chance(0.25);
        // Smaller shapes with each failure, so that a place is found in the end.
        for (double largest = FIRST_TRY; rows == null; largest = Math.max(0.16, largest * 0.97)) {
            rows =
                    scattered
                            ? scattered(dice, canvas, count, choice, largest + 0.08)
                            : inRows(dice, canvas, count, choice, close, largest);
        }
        return rows;
    }

    private static List<List<Thing>> inRows(
            Dice dice, Canvas canvas, int count, Choice choice, boolean close, double largest) {
        var inRow = new int[3];
        int only = close && dice.chance(0.4) ? dice.between(0, 2) : -1;
        for (int i = 0; i < count; i++) {
            int row = only >= 0 && count < 7 ? only : dice.between(0, 2);
            if (inRow[row] == (close ? MOST_IN_A_ROW + 2 : MOST_IN_A_ROW)) {
                return null;
            }
            inRow[row]++;
        }
        double unit = Math.min(canvas.width, canvas.height);
        var things = new Things(dice, choice);
        var all = new ArrayList<Thing>();
        var rows = new ArrayList<List<Thing>>();
        int special = dice.between(0, Math.max(0, count - 1));
        double small = choice == Choice.ONE_LARGE ? Math.min(largest, 0.24) : largest;
        double gap = close ? 0.148 : 0.2;
        for (int row = 0; row < 3; row++) {
            var here = new ArrayList<Thing>();
            var xs = new ArrayList<Double>();
            double free = 0.78 - gap * (inRow[row] - 1);
            for (int i = 0; i < inRow[row]; i++) {
                xs.add(dice.between(0, free));
            }
            xs.sort(null);
            for (int i = 0; i < inRow[row]; i++) {
                double diameter =
                        unit * (close ? dice.between(0.1, 0.15) : dice.between(0.16, small));
                if (choice == Choice.ONE_LARGE && all.size() == special) {
                    diameter = unit * dice.between(Math.max(0.3, 1.45 * small), 0.44);
                }
                double x = canvas.width * (0.11 + xs.get(i) + gap * i);
                double y = canvas.height * ((row + 0.5) / 3 + dice.between(-0.1, 0.1));
                Thing thing = things.any(dice, x, y, diameter);
                if (!fits(thing, all, choice, canvas)) {
                    return null;
                }
                here.add(thing);
                all.add(thing);
            }
            rows.add(List.copyOf(here));
        }
        return rows;
    }

    /** Anywhere, of one size or of many; a row is a third of the picture. */
    private static List<List<Thing>> scattered(
            Dice dice, Canvas canvas, int count, Choice choice, double largest) {
        double unit = Math.min(canvas.width, canvas.height);
        var things = new Things(dice, choice);
        var all = new ArrayList<Thing>();
        int special = dice.between(0, Math.max(0, count - 1));
        double small = choice == Choice.ONE_LARGE ? Math.min(largest, 0.24) : largest;
        double one = dice.chance(0.4) ? dice.between(0.12, small) : 0;
        for (int i = 0; i < count; i++) {
            double diameter = unit * (one > 0 ? one : dice.between(0.12, small));
            if (choice == Choice.ONE_LARGE && i == special) {
                diameter = unit * dice.between(Math.max(0.3, 1.45 * small), 0.48);
            }
            Thing thing = null;
            for (int tries = 0; thing == null && tries < 20; tries++) {
                double x = canvas.width * dice.between(0.05, 0.95);
                double y = canvas.height * dice.between(0.05, 0.95);
                Thing here = things.any(dice, x, y, diameter);
                if (isClear(here, all, canvas) && fits(here, all, choice, canvas)) {
                    thing = here;
                }
            }
            if (thing == null) {
                return null;
            }
            all.add(thing);
        }
        all.sort(Comparator.comparingDouble(Thing::x));
        return IntStream.range(0, 3)
                .mapToObj(row -> all.stream().filter(thing -> row(thing, canvas) == row).toList())
                .toList();
    }

    private static int row(Thing thing, Canvas canvas) {
        return (int) (3 * thing.y() / canvas.height);
    }

    /** Whether a shape's row, and its place in it, can be seen. */
    private static boolean isClear(Thing thing, List<Thing> others, Canvas canvas) {
        double inRow = 3 * thing.y() / canvas.height % 1;
        return inRow > 0.07
                && inRow < 0.93
                && others.stream()
                        .filter(other -> row(other, canvas) == row(thing, canvas))
                        .allMatch(
                                other ->
                                        Math.abs(other.x() - thing.x())
                                                > LEAST_STEP * canvas.width);
    }

    private static boolean fits(Thing thing, List<Thing> others, Choice choice, Canvas canvas) {
        return isInside(thing.x(), thing.diameter(), canvas.width)
                && isInside(thing.y(), thing.diameter(), canvas.height)
                && others.stream().allMatch(other -> fit(thing, other, choice));
    }

    private static boolean isInside(double centre, double diameter, double side) {
        return centre >= diameter * 0.55 && centre <= side - diameter * 0.55;
    }

    private static boolean fit(Thing one, Thing other, Choice choice) {
        double distance = Math.hypot(one.x() - other.x(), one.y() - other.y());
        return distance >= 0.58 * (one.diameter() + other.diameter()) + 1
                && (choice == Choice.FREE || !one.like(other));
    }

    /** A few colours and shapes in each picture, so that things come in groups. */
    private static final class Things {

        private final List<Colour> colours;
        private final List<Shape> shapes;

        Things(Dice dice, Choice choice) {
            colours = some(dice, Colour.values(), choice == Choice.FREE ? 2 : 4);
            shapes = some(dice, Shape.values(), choice == Choice.FREE ? 1 : 3);
        }

        private static <T> List<T> some(Dice dice, T[] values, int least) {
            var list = new ArrayList<>(List.of(values));
            dice.shuffle(list);
            return list.subList(0, dice.between(least, values.length));
        }

        Thing any(Dice dice, double x, double y, double diameter) {
            return new Thing(dice.pick(colours), dice.pick(shapes), x, y, diameter);
        }
    }
}
