package io.step3.image;

/**
 * Width and height.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 */
public record Size(int width, int height) {
    /**
     * @throws IllegalArgumentException if a side is under 1
     */
    public Size {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "A picture needs at least one pixel, but a size of "
                            + width
                            + " x "
                            + height
                            + " was given");
        }
    }

    int longer() {
        return Math.max(width, height);
    }

    int shorter() {
        return Math.min(width, height);
    }

    long pixels() {
        return (long) width * height;
    }

    @Override
    public String toString() {
        return width + " x " + height;
    }
}
