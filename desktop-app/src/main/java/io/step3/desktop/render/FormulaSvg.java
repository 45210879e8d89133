package io.step3.desktop.render;

import io.step3.desktop.markdown.HtmlFragment;
import java.awt.geom.PathIterator;
import java.util.Locale;
import java.util.Optional;

/**
 * Formulas as outlines for a page: the same that the window draws, in the colour and size of the
 * text around. Not safe for use by several threads at once.
 */
public final class FormulaSvg implements HtmlFragment.Formulas {

    /** Units of the drawing in an em. */
    private static final int UNITS = 1000;

    /** Baselines are in steps of a fortieth of an em: a page may say no more than its style. */
    private static final int STEPS = 40;

    private static final int MOST_STEPS = 5 * STEPS;

    private final FormulaReader reader = new FormulaReader();

    @Override
    public String html(String source, boolean display) {
        Optional<Formula> formula = draw(source, display);
        if (formula.isEmpty()) {
            return "<code>" + HtmlFragment.escape(source) + "</code>";
        }
        String svg = svg(formula.get(), HtmlFragment.escape(source), display);
        return display ? "<span class=\"display\">" + svg + "</span>" : svg;
    }

    private Optional<Formula> draw(String source, boolean display) {
        try {
            return reader.read(source, display);
        } catch (RuntimeException e) {
            // As in the window: its source is shown.
            return Optional.empty();
        }
    }

    /** The style that the drawings need. */
    public static String style() {
        StringBuilder style =
                new StringBuilder(
                        "svg.formula { fill: currentColor; overflow: visible; max-width: 100% }\n"
                                + ".display { display: block; overflow-x: auto; text-align: center; padding: .3em 0 }\n");
        for (int i = 1; i <= MOST_STEPS; i++) {
            style.append(".b%d{vertical-align:%sem}".formatted(i, -i / (double) STEPS));
        }
        return style.append('\n').toString();
    }

    private static String svg(Formula formula, String source, boolean display) {
        double height = formula.ascent() + formula.descent();
        long step = Math.clamp(Math.round(formula.descent() * STEPS), 0, MOST_STEPS);
        return "<svg class=\"formula%s\" role=\"img\" aria-label=\"%s\" width=\"%sem\" height=\"%sem\" viewBox=\"0 0 %d %d\"><title>%s</title><path d=\"%s\"/></svg>"
                .formatted(
                        display || step == 0 ? "" : " b" + step,
                        source,
                        em(formula.width()),
                        em(height),
                        Math.round(formula.width() * UNITS),
                        Math.round(height * UNITS),
                        source,
                        path(formula));
    }

    private static String em(double length) {
        return String.format(Locale.ROOT, "%.3f", length);
    }

    private static String path(Formula formula) {
        StringBuilder path = new StringBuilder();
        int at = 0;
        for (byte segment : formula.segments()) {
            path.append(
                    switch (segment) {
                        case PathIterator.SEG_MOVETO -> 'M';
                        case PathIterator.SEG_LINETO -> 'L';
                        case PathIterator.SEG_QUADTO -> 'Q';
                        case PathIterator.SEG_CUBICTO -> 'C';
                        default -> 'Z';
                    });
            for (int i = 0; i < Formula.numbers(segment); i++) {
                path.append(i == 0 ? "" : " ").append(Math.round(formula.points()[at++] * UNITS));
            }
        }
        return path.toString();
    }
}
