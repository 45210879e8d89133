package io.step3.image;

import java.util.Objects;

/** Says which picture cannot be used, why, and what to do about it, in one sentence. */
public final class InvalidImageException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** What is wrong, for those who have words of their own for it. */
    public sealed interface Problem {

        /** The file has no bytes. */
        record Empty() implements Problem {}

        /** The file is longer than is taken. */
        record TooManyBytes(long bytes, long most) implements Problem {}

        /**
         * The picture is larger than is taken of its format.
         *
         * @param most pixels that are taken
         */
        record TooManyPixels(Size size, long most, String format) implements Problem {}

        /** The picture is so narrow that it would vanish, or be cut into too many pieces. */
        record TooElongated(Size size) implements Problem {}

        /** It is no picture of a known format, or damaged; the message says which. */
        record Unreadable() implements Problem {}
    }

    private final transient Problem problem;
    private final String picture;

    /**
     * Says why.
     *
     * @param picture what it is called
     * @param rest of the sentence that begins with the picture's name
     */
    InvalidImageException(Problem problem, String picture, String rest, Throwable cause) {
        super(picture + " " + rest, cause);
        this.problem = Objects.requireNonNull(problem, "problem");
        this.picture = Objects.requireNonNull(picture, "picture");
    }

    /** What is wrong. */
    public Problem problem() {
        return problem;
    }

    /** What the picture is called. */
    public String picture() {
        return picture;
    }
}
