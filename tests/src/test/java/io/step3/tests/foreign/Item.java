package io.step3.tests.foreign;

import java.util.List;

/**
 * A shape on a drawing.
 *
 * @param colour its colour's name
 * @param shape its name
 * @param x centre, in pixels
 * @param y centre, in pixels
 * @param size width of the square around it, in pixels
 */
record Item(String colour, String shape, int x, int y, int size) {

    static final List<String> COLOURS =
            List.of("red", "green", "blue", "yellow", "orange", "purple");
    static final List<String> SHAPES = List.of("circle", "square", "triangle", "star");

    String words() {
        return colour + " " + shape;
    }
}
