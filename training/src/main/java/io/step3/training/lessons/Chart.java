package io.step3.training.lessons;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/**
 * A bar chart.
 *
 * @param bars from left to right
 * @param picture the drawing
 */
record Chart(List<Bar> bars, Picture picture) {

    /** Heights are tenths of the axis. */
    private static final int LEVELS = 9;

    /**
     * A bar.
     *
     * @param colour of its own
     * @param level height, 1 to 9
     */
    record Bar(Colour colour, int level) {}

    /** Draws a chart whose tallest and shortest bars are clear. */
    static Chart draw(Dice dice, int count) {
        var colours = new ArrayList<>(List.of(Colour.values()));
        dice.shuffle(colours);
        List<Integer> levels = levels(dice, count);
        var bars = new ArrayList<Bar>();
        for (int i = 0; i < count; i++) {
            bars.add(new Bar(colours.get(i), levels.get(i)));
        }
        var canvas = new Canvas(dice, 1.45);
        double left = canvas.width * dice.between(0.06, 0.12);
        double right = canvas.width * dice.between(0.9, 0.96);
        double bottom = canvas.height * dice.between(0.88, 0.94);
        double top = canvas.height * dice.between(0.05, 0.1);
        Color ink = canvas.ink(dice);
        canvas.graphics.setStroke(new BasicStroke(Math.max(1, canvas.width / 120f)));
        if (dice.chance(0.3)) {
            canvas.graphics.setColor(
                    canvas.dark ? new Color(90, 90, 95) : new Color(190, 190, 190));
            for (int level = 2; level < 10; level += 2) {
                double y = bottom - (bottom - top) * level / 10;
                canvas.graphics.draw(new Line2D.Double(left, y, right, y));
            }
        }
        double slot = (right - left) / count;
        double fill = dice.between(0.5, 0.85);
        var landmarks = new ArrayList<Landmark>();
        for (int i = 0; i < count; i++) {
            double height = (bottom - top) * bars.get(i).level() / 10;
            canvas.graphics.setColor(canvas.shade(dice, bars.get(i).colour()));
            canvas.graphics.fill(
                    new Rectangle2D.Double(
                            left + slot * (i + (1 - fill) / 2),
                            bottom - height,
                            slot * fill,
                            height));
            double x = (left + slot * (i + 0.5)) / canvas.width;
            double y = (bottom - height) / canvas.height;
            landmarks.add(Landmark.bar(bars.get(i).colour(), x, y));
        }
        canvas.graphics.setColor(ink);
        canvas.graphics.draw(new Line2D.Double(left, bottom, right, bottom));
        canvas.graphics.draw(new Line2D.Double(left, top, left, bottom));
        return new Chart(List.copyOf(bars), canvas.finish(dice, landmarks));
    }

    private static List<Integer> levels(Dice dice, int count) {
        while (true) {
            var levels = new ArrayList<Integer>();
            for (int i = 0; i < count; i++) {
                levels.add(dice.between(1, LEVELS));
            }
            List<Integer> sorted = levels.stream().sorted().toList();
            if (sorted.get(0) < sorted.get(1) && sorted.get(count - 2) < sorted.get(count - 1)) {
                return levels;
            }
        }
    }
}
