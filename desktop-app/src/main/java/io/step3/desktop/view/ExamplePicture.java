package io.step3.desktop.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Simple pictures of the kind that the smallest model was taught to look at. */
enum ExamplePicture {
    SHAPES("shapes.png"),
    CHART("chart.png");

    private final String fileName;

    ExamplePicture(String fileName) {
        this.fileName = fileName;
    }

    String fileName() {
        return fileName;
    }

    /** The picture as a PNG file. */
    byte[] png() {
        try (InputStream in = ExamplePicture.class.getResourceAsStream(fileName)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(fileName + " cannot be read from the program", e);
        }
    }
}
