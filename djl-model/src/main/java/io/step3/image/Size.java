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

    /** This size, or with the same proportions the largest whose longer side is as given. */
    Size within(int longest) {
        if (longer() <= longest) {
            return this;
        }
        double factor = (double) longest / longer();
        return new Size(Math.max(1, (int) (width * factor)), Math.max(1, (int) (height * factor)));
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
