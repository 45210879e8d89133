package io.step3.desktop.render;

import org.scilab.forge.jlatexmath.Box;
import org.scilab.forge.jlatexmath.TeXConstants;
import org.scilab.forge.jlatexmath.TeXFormula;

import java.awt.geom.Path2D;
import java.awt.geom.PathIterator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads LaTeX with JLaTeXMath, of which no two threads may make use at once. */
final class FormulaReader {

    private static final int LONGEST = 8000;

    /** The size TeX's absolute lengths refer to; the box is in em whatever it is. */
    private static final float POINTS = 14;

    private static final int DEEPEST = 60;
    private static final double WIDEST_EM = 2000;
    private static final double HIGHEST_EM = 400;

    /** Commands that read files, keep something for later formulas, or never end. */
    private static final Pattern REFUSED =
            Pattern.compile(
                    "\\\\(includegraphics|newcommand|renewcommand|providecommand|newenvironment"
                            + "|renewenvironment|def|gdef|edef|xdef|let|input|include|externalFont"
                            + "|jlmExternalFont|jlmDynamic|jlmText.*|jlmXML|fcscore|magnification"
                            + "|shoveright|multirow|rule|resizebox|scalebox|fontspec|usepackage"
                            + "|makeatletter|makeatother|DeclareMathOperator)(?![a-zA-Z])");

    private FormulaReader() {}

    /** The outline, or nothing if this cannot be drawn. */
    static synchronized Optional<Formula> read(String source, boolean display) {
        if (source.length() > LONGEST
                || depth(source) > DEEPEST
                || REFUSED.matcher(source).find()) {
            return Optional.empty();
        }
        try {
            var formula = new TeXFormula(FormulaRewrites.apply(source));
            int style = display ? TeXConstants.STYLE_DISPLAY : TeXConstants.STYLE_TEXT;
            return outline(formula.createTeXIcon(style, POINTS).getBox());
        } catch (RuntimeException | StackOverflowError notReadable) {
            return Optional.empty();
        }
    }

    private static Optional<Formula> outline(Box box) {
        double width = box.getWidth();
        double ascent = box.getHeight();
        double descent = box.getDepth();
        boolean sane =
                width > 0
                        && width < WIDEST_EM
                        && ascent + descent > 0
                        && ascent + descent < HIGHEST_EM;
        if (!sane) {
            return Optional.empty();
        }
        var graphics = new OutlineGraphics();
        box.draw(graphics, 0, box.getHeight());
        Path2D path = graphics.outline();
        var segments = new ByteArrayOutputStream();
        var points = new ArrayList<Float>();
        float[] point = new float[6];
        for (PathIterator at = path.getPathIterator(null); !at.isDone(); at.next()) {
            int segment = at.currentSegment(point);
            segments.write(segment);
            for (int i = 0; i < Formula.numbers(segment); i++) {
                points.add(point[i]);
            }
        }
        if (points.isEmpty()) {
            return Optional.empty();
        }
        float[] all = new float[points.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = points.get(i);
        }
        return Optional.of(new Formula(segments.toByteArray(), all, width, ascent, descent));
    }

    private static int depth(String source) {
        int depth = 0;
        int deepest = 0;
        for (int i = 0; i < source.length(); i++) {
            switch (source.charAt(i)) {
                case '\\' -> i++;
                case '{' -> deepest = Math.max(deepest, ++depth);
                case '}' -> depth--;
                default -> {}
            }
        }
        return deepest;
    }
}
