package io.step3.training.lessons;

import java.awt.Color;
import java.util.List;

/** The six colours of the pictures. */
enum Colour {
    RED("red", 215, 35, 35, new Range(-12, 9, 0.6, 0.55), List.of(new Color(255, 0, 0))),
    GREEN(
            "green",
            35,
            155,
            60,
            new Range(84, 158, 0.42, 0.35),
            List.of(new Color(0, 255, 0), new Color(0, 128, 0))),
    BLUE("blue", 40, 80, 220, new Range(196, 241, 0.5, 0.45), List.of(new Color(0, 0, 255))),
    YELLOW("yellow", 240, 215, 40, new Range(50, 65, 0.5, 0.8), List.of(new Color(255, 255, 0))),
    ORANGE(
            "orange",
            245,
            135,
            20,
            new Range(16, 45, 0.65, 0.8),
            List.of(new Color(255, 165, 0), new Color(255, 200, 0))),
    PURPLE("purple", 135, 50, 170, new Range(261, 304, 0.42, 0.4), List.of(new Color(128, 0, 128)));

    /**
     * The shades that have a colour's name.
     *
     * @param from least hue, in degrees
     * @param to largest hue
     * @param saturation the least, of 1
     * @param brightness the least, of 1
     */
    private record Range(double from, double to, double saturation, double brightness) {}

    final String word;
    private final int red;
    private final int green;
    private final int blue;
    private final Range range;
    private final List<Color> pure;

    Colour(String word, int red, int green, int blue, Range range, List<Color> pure) {
        this.word = word;
        this.red = red;
        this.green = green;
        this.blue = blue;
        this.range = range;
        this.pure = pure;
    }

    /** The colour, a little off. */
    Color shade(Dice dice) {
        return new Color(off(dice, red), off(dice, green), off(dice, blue));
    }

    /**
     * Any shade that has this colour's name.
     *
     * @param kind 0 to 1: pure, full, pale, or any
     */
    Color anyShade(Dice dice, double kind) {
        if (kind < 0.2) {
            return dice.pick(pure);
        }
        double hue = dice.between(range.from(), range.to());
        if (kind < 0.45) {
            return Wide.hsb(hue, dice.between(0.8, 1.0), dice.between(0.8, 1.0));
        }
        if (kind < 0.57) {
            return Wide.hsb(hue, dice.between(0.36, 0.6), dice.between(0.88, 1.0));
        }
        return Wide.hsb(
                hue, dice.between(range.saturation(), 1.0), dice.between(range.brightness(), 1.0));
    }

    private static int off(Dice dice, int value) {
        return Math.clamp(value + dice.between(-14, 14), 0, 255);
    }
}
