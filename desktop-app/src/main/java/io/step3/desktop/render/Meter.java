package io.step3.desktop.render;

/**
 * Counts the work of the classes that a {@link MeteredLoader} loads, and ends it when it has been
 * enough. Every such loader has a class of this name of its own, so the counter is that of one
 * {@link Typesetter}, which one thread uses at a time; it is static because the code that counts is
 * woven into methods that know of nothing else.
 */
public final class Meter {

    /** The work was more than allowed. An error, since JLaTeXMath goes on after exceptions. */
    public static final class Exhausted extends Error {
        Exhausted() {
            super("The formula takes too much work.", null, false, false);
        }
    }

    private static final int BETWEEN_LOOKS = 1 << 12;

    private static long left = Long.MAX_VALUE;
    private static long nextLook = Long.MIN_VALUE;
    private static long deadline;

    private Meter() {}

    /**
     * Begins to count.
     *
     * @param units about as many as steps of a program
     * @param nanos a guard for what cannot be counted, the loops inside Java's own classes
     */
    public static void allow(long units, long nanos) {
        left = units;
        deadline = System.nanoTime() + nanos;
        nextLook = units - BETWEEN_LOOKS;
    }

    private static void spend(long units) {
        left -= units;
        if (left < nextLook) {
            nextLook = left - BETWEEN_LOOKS;
            if (left < 0 || System.nanoTime() - deadline > 0) {
                left = -1;
                nextLook = Long.MAX_VALUE;
                throw new Exhausted();
            }
        }
    }

    /** A method begins, or a loop comes round. */
    public static void step() {
        spend(1);
    }

    /** An object is made. */
    public static void object() {
        spend(16);
    }

    /** An array of this length is made. */
    public static void array(int length) {
        spend(16L + Math.max(0, length));
    }

    /** An array of arrays is made. */
    public static void array(int rows, int columns) {
        spend(16 + Math.max(0L, rows) * (16 + Math.max(0L, columns)));
    }

    /** A text was made or grew; it may have been copied. */
    public static void text(CharSequence text) {
        spend(text == null ? 1 : 1 + text.length() / 8);
    }
}
