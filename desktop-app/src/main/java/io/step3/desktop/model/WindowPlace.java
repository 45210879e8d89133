package io.step3.desktop.model;

import java.util.Optional;

/** Where the window was. */
public record WindowPlace(double x, double y, double width, double height, boolean maximized) {

    static Optional<WindowPlace> parse(String text) {
        String[] fields = text.split(" ");
        if (fields.length != 5) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new WindowPlace(
                            Double.parseDouble(fields[0]),
                            Double.parseDouble(fields[1]),
                            Double.parseDouble(fields[2]),
                            Double.parseDouble(fields[3]),
                            Boolean.parseBoolean(fields[4])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return x + " " + y + " " + width + " " + height + " " + maximized;
    }
}
