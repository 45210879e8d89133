package io.step3.training.lessons;

/**
 * Something in a picture, and where: what the vision tower is asked for directly.
 *
 * @param kind 1 to {@link #KINDS}-1; 0 is kept for places without any
 * @param x its centre, as a share of the picture's width
 * @param y its centre, or the top of a bar, as a share of the height
 */
public record Landmark(int kind, double x, double y) {

    private static final int SHAPES = 1;
    private static final int BARS = SHAPES + Colour.values().length * Shape.values().length;
    private static final int DIGITS = BARS + Colour.values().length;
    private static final int PLUS = DIGITS + 10;

    /** How many kinds there are, with that of an empty place. */
    public static final int KINDS = PLUS + 1;

    /** Groups of kinds. */
    public enum Kind {
        NONE,
        SHAPE,
        BAR,
        GLYPH
    }

    /** The group of a kind. */
    public static Kind kind(long kind) {
        if (kind < SHAPES) {
            return Kind.NONE;
        }
        return kind < BARS ? Kind.SHAPE : kind < DIGITS ? Kind.BAR : Kind.GLYPH;
    }

    static Landmark shape(Colour colour, Shape shape, double x, double y) {
        int kind = SHAPES + colour.ordinal() * Shape.values().length + shape.ordinal();
        return new Landmark(kind, x, y);
    }

    static Landmark bar(Colour colour, double x, double top) {
        return new Landmark(BARS + colour.ordinal(), x, top);
    }

    /** A digit or a plus sign. */
    static Landmark glyph(char glyph, double x, double y) {
        return new Landmark(glyph == '+' ? PLUS : DIGITS + glyph - '0', x, y);
    }
}
