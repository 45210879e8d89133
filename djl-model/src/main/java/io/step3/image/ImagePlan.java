package io.step3.image;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How a picture is padded, shrunk and cut, from its size alone. The numbers are those the model was
 * trained with and the same for every checkpoint; only the final resize depends on the
 * configuration.
 *
 * @param size of the picture
 * @param padded its size once padded to the right and below with black: a square of the longer side
 *     for an extreme thin picture, else {@code size}
 * @param base what {@code padded} is resized to, at most 3024 a side
 * @param window side of a window in pixels, 0 when the picture is not cut
 * @param canvas what {@code base} is resized to before it is cut; {@code base} when it is not cut
 * @param xs left edges of the windows of a row, ascending; empty when the picture is not cut
 * @param ys upper edges of the rows of windows, ascending; empty when the picture is not cut
 */
public record ImagePlan(
        Size size,
        Size padded,
        Size base,
        int window,
        Size canvas,
        List<Integer> xs,
        List<Integer> ys) {
    static final int MAX_SIDE = 3024;
    private static final int BASE_SIDE = 728;
    private static final int WINDOW = 504;
    private static final int THIN = 32;

    /** Copies the lists. */
    public ImagePlan {
        xs = List.copyOf(xs);
        ys = List.copyOf(ys);
    }

    /**
     * Plans a picture.
     *
     * @throws IllegalArgumentException if a side is under 1, or if the picture is so elongated that
     *     its shorter side would vanish when the longer is brought to 3024
     */
    public static ImagePlan of(int width, int height) {
        Size size = new Size(width, height);
        Size padded = pad(size);
        Size base = shrink(padded);
        int window = window(base);
        if (window == 0) {
            return new ImagePlan(size, padded, base, 0, base, List.of(), List.of());
        }
        Size canvas = new Size(fit(base.width(), window), fit(base.height(), window));
        return new ImagePlan(
                size,
                padded,
                base,
                window,
                canvas,
                starts(canvas.width(), window),
                starts(canvas.height(), window));
    }

    /** Windows in a row, 0 when the picture is not cut. */
    public int columns() {
        return xs.size();
    }

    /** Rows of windows, 0 when the picture is not cut. */
    public int rows() {
        return ys.size();
    }

    /** Number of crops, row by row from left to right; 0 when the picture is not cut. */
    public int crops() {
        return columns() * rows();
    }

    /** Crops that a newline token follows: the last of each row but the last row. */
    public List<Integer> newlineAfter() {
        return IntStream.range(1, rows()).mapToObj(row -> row * columns() - 1).toList();
    }

    private static Size pad(Size size) {
        double ratio = (double) size.width() / size.height();
        boolean elongated = ratio > 4 || ratio < 0.25;
        return size.shorter() < THIN && elongated ? new Size(size.longer(), size.longer()) : size;
    }

    private static Size shrink(Size size) {
        if (size.longer() <= MAX_SIDE) {
            return size;
        }
        // The factor is rounded to a double first, as in the original, so that truncation falls
        // alike.
        double factor = (double) MAX_SIDE / size.longer();
        int width = (int) (size.width() * factor);
        int height = (int) (size.height() * factor);
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "A picture of "
                            + size
                            + " is too elongated: cut it into parts and show them one by one");
        }
        return new Size(width, height);
    }

    private static int window(Size base) {
        double ratio = (double) base.longer() / base.shorter();
        if (base.longer() <= BASE_SIDE) {
            return ratio > 1.5 ? base.shorter() : 0;
        }
        return ratio > 4 ? Math.min(base.shorter(), WINDOW) : WINDOW;
    }

    private static int fit(int side, int window) {
        if (side < window) {
            return side;
        }
        int whole = side / window;
        boolean oneMore = (double) side / window - whole > 0.2;
        return window * (oneMore ? whole + 1 : whole);
    }

    private static List<Integer> starts(int side, int window) {
        int count = Math.max(1, Math.ceilDiv(side, window));
        // A single window starts at 0 and may hang over; the last of several is moved back to fit.
        int last = Math.max(0, side - window);
        return IntStream.range(0, count).mapToObj(i -> Math.min(i * window, last)).toList();
    }
}
