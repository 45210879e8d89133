package io.step3.training.lessons;

import java.awt.Color;

/** The six colours of the pictures. */
enum Colour {
    RED("red", 215, 35, 35),
    GREEN("green", 35, 155, 60),
    BLUE("blue", 40, 80, 220),
    YELLOW("yellow", 240, 215, 40),
    ORANGE("orange", 245, 135, 20),
    PURPLE("purple", 135, 50, 170);

    final String word;
    private final int red;
    private final int green;
    private final int blue;

    Colour(String word, int red, int green, int blue) {
        this.word = word;
        this.red = red;
        this.green = green;
        this.blue = blue;
    }

    /** The colour, a little off. */
    Color shade(Dice dice) {
        return new Color(off(dice, red), off(dice, green), off(dice, blue));
    }

    private static int off(Dice dice, int value) {
        return Math.clamp(value + dice.between(-14, 14), 0, 255);
    }
}
