package io.step3.desktop.render;

import javafx.scene.shape.ClosePath;
import javafx.scene.shape.CubicCurveTo;
import javafx.scene.shape.LineTo;
import javafx.scene.shape.MoveTo;
import javafx.scene.shape.PathElement;
import javafx.scene.shape.QuadCurveTo;

import java.awt.geom.PathIterator;
import java.util.ArrayList;
import java.util.List;

/**
 * The outline of a formula, in em: to be scaled by the size of the font.
 *
 * @param segments kinds as in {@link PathIterator}, one byte each
 * @param points two, four or six numbers for each segment
 * @param width of its box
 * @param ascent from the top of its box to the baseline
 * @param descent from the baseline to the bottom of its box
 */
record Formula(byte[] segments, float[] points, double width, double ascent, double descent) {

    /** The outline for a font of this size, its box beginning at the origin. */
    List<PathElement> elements(double size) {
        var elements = new ArrayList<PathElement>(segments.length);
        int at = 0;
        for (byte segment : segments) {
            elements.add(
                    switch (segment) {
                        case PathIterator.SEG_MOVETO ->
                                new MoveTo(points[at] * size, points[at + 1] * size);
                        case PathIterator.SEG_LINETO ->
                                new LineTo(points[at] * size, points[at + 1] * size);
                        case PathIterator.SEG_QUADTO ->
                                new QuadCurveTo(
                                        points[at] * size,
                                        points[at + 1] * size,
                                        points[at + 2] * size,
                                        points[at + 3] * size);
                        case PathIterator.SEG_CUBICTO ->
                                new CubicCurveTo(
                                        points[at] * size,
                                        points[at + 1] * size,
                                        points[at + 2] * size,
                                        points[at + 3] * size,
                                        points[at + 4] * size,
                                        points[at + 5] * size);
                        default -> new ClosePath();
                    });
            at += numbers(segment);
        }
        return elements;
    }

    static int numbers(int segment) {
        return switch (segment) {
            case PathIterator.SEG_MOVETO, PathIterator.SEG_LINETO -> 2;
            case PathIterator.SEG_QUADTO -> 4;
            case PathIterator.SEG_CUBICTO -> 6;
            default -> 0;
        };
    }
}
