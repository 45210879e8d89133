package io.step3.desktop.render;

import java.awt.Graphics2D;
import java.awt.geom.PathIterator;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;

/**
 * JLaTeXMath behind a meter, with static fields of its own. To be used by one thread at a time, and
 * never again after a formula was too much work: what was left half done in it cannot be known.
 */
final class Typesetter {

    private static final String LIBRARY = "org.scilab.forge.jlatexmath.";

    /** The size TeX's absolute lengths refer to; the box is in em whatever it is. */
    private static final float POINTS = 14;

    private static final double WIDEST_EM = 2000;
    private static final double HIGHEST_EM = 400;

    /** The largest formula of those that models write has some thousand. */
    private static final int MOST_SEGMENTS = 60_000;

    private static final long NO_LIMIT = Long.MAX_VALUE / 2;

    private final Method allow;
    private final Constructor<?> formula;
    private final Method icon;
    private final Method box;
    private final Method width;
    private final Method height;
    private final Method depth;
    private final Method draw;

    Typesetter() {
        try {
            var loader = new MeteredLoader(LIBRARY, Typesetter.class.getClassLoader());
            Class<?> meter = loader.loadClass(Meter.class.getName());
            allow = meter.getMethod("allow", long.class, long.class);
            Class<?> teX = loader.loadClass(LIBRARY + "TeXFormula");
            formula = teX.getConstructor(String.class);
            icon = teX.getMethod("createTeXIcon", int.class, float.class);
            box = icon.getReturnType().getMethod("getBox");
            Class<?> boxes = box.getReturnType();
            width = boxes.getMethod("getWidth");
            height = boxes.getMethod("getHeight");
            depth = boxes.getMethod("getDepth");
            draw = boxes.getMethod("draw", Graphics2D.class, float.class, float.class);
            // Fonts and tables are read with the first formula, and are not what it costs.
            outline("x", true, NO_LIMIT, NO_LIMIT);
        } catch (ReflectiveOperationException impossible) {
            throw new LinkageError("JLaTeXMath is not the one this was written for", impossible);
        }
    }

    /**
     * The outline of a formula; nothing if it is empty, too large to be shown, or not understood.
     *
     * @throws Error if it was too much work
     */
    Optional<Formula> outline(String source, boolean display, long units, long nanos) {
        try {
            allow.invoke(null, units, nanos);
            // TeXConstants.STYLE_DISPLAY and STYLE_TEXT
            int style = display ? 0 : 2;
            Object drawn = box.invoke(icon.invoke(formula.newInstance(source), style, POINTS));
            double wide = ((Number) width.invoke(drawn)).doubleValue();
            double ascent = ((Number) height.invoke(drawn)).doubleValue();
            double descent = ((Number) depth.invoke(drawn)).doubleValue();
            boolean sane =
                    wide > 0
                            && wide < WIDEST_EM
                            && ascent + descent > 0
                            && ascent + descent < HIGHEST_EM;
            if (!sane) {
                return Optional.empty();
            }
            var graphics = new OutlineGraphics(MOST_SEGMENTS);
            draw.invoke(drawn, graphics, 0f, (float) ascent);
            return graphics.segments() == 0
                    ? Optional.empty()
                    : Optional.of(formula(graphics, wide, ascent, descent));
        } catch (InvocationTargetException thrown) {
            if (thrown.getCause() instanceof Error error
                    && !(error instanceof StackOverflowError)) {
                throw error;
            }
            return Optional.empty();
        } catch (ReflectiveOperationException impossible) {
            throw new LinkageError("JLaTeXMath is not the one this was written for", impossible);
        }
    }

    private static Formula formula(
            OutlineGraphics graphics, double width, double ascent, double descent) {
        int count = graphics.segments();
        byte[] segments = new byte[count];
        float[] points = new float[6 * count];
        float[] point = new float[6];
        int at = 0;
        int end = 0;
        for (PathIterator path = graphics.outline().getPathIterator(null);
                !path.isDone();
                path.next()) {
            int segment = path.currentSegment(point);
            segments[at++] = (byte) segment;
            int numbers = Formula.numbers(segment);
            System.arraycopy(point, 0, points, end, numbers);
            end += numbers;
        }
        return new Formula(
                Arrays.copyOf(segments, at), Arrays.copyOf(points, end), width, ascent, descent);
    }
}
