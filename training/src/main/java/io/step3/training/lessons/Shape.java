package io.step3.training.lessons;

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
}
