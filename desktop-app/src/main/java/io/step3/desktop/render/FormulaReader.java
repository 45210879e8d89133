package io.step3.desktop.render;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads LaTeX that a model wrote. What is refused, not understood, or too much work is not drawn:
 * its source is shown. Not safe for use by several threads at once.
 */
final class FormulaReader {

    private static final int LONGEST = 8000;
    private static final int DEEPEST = 60;

    /** Ten times what eight thousand characters of fractions take, a few tenths of a second. */
    private static final long WORK = 8_000_000;

    private static final long GUARD_NANOS = 10_000_000_000L;

    /** Commands that read files, or keep something for later formulas. */
    private static final Pattern REFUSED =
            Pattern.compile(
                    "\\\\(includegraphics|newcommand|renewcommand|providecommand|newenvironment"
                            + "|renewenvironment|def|gdef|edef|xdef|let|input|include|externalFont"
                            + "|jlmExternalFont|jlmDynamic|jlmText.*|jlmXML|fcscore|magnification"
                            + "|shoveright|multirow|rule|resizebox|scalebox|fontspec|usepackage"
                            + "|makeatletter|makeatother|DeclareMathOperator)(?![a-zA-Z])");

    private Typesetter typesetter;

    /** The outline, or nothing if this cannot be drawn. */
    Optional<Formula> read(String source, boolean display) {
        if (source.length() > LONGEST
                || depth(source) > DEEPEST
                || REFUSED.matcher(source).find()) {
            return Optional.empty();
        }
        if (typesetter == null) {
            typesetter = new Typesetter();
        }
        try {
            return typesetter.outline(FormulaRewrites.apply(source), display, WORK, GUARD_NANOS);
        } catch (Error tooMuch) {
            // What it left half done in its static fields goes with it.
            typesetter = null;
            return Optional.empty();
        }
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
