package io.step3.desktop.render;

import javafx.geometry.BoundingBox;
import javafx.geometry.Bounds;
import javafx.geometry.Point2D;
import javafx.scene.layout.Region;
import javafx.scene.shape.ClosePath;
import javafx.scene.shape.LineTo;
import javafx.scene.shape.MoveTo;
import javafx.scene.shape.Path;
import javafx.scene.shape.PathElement;
import javafx.scene.text.Text;
import javafx.scene.text.TextFlow;

import java.util.ArrayList;
import java.util.List;

/**
 * Lines of code, coloured, not wrapped: one flow a line, so growing code lays out its last line.
 */
final class CodeLines extends Region {

    private static final class Row {
        final TextFlow flow = new TextFlow();
        String text = "";
        int before = Integer.MIN_VALUE;
        int after;
        int start;
        double top;
        double height;
    }

    private final Highlighters highlighters;
    private final Emoji emoji;
    private final Path selected = new Path();
    private final List<Row> rows = new ArrayList<>();
    private int selectedFrom;
    private int selectedTo;

    CodeLines(RenderSettings settings) {
        highlighters = settings.highlighters();
        emoji = settings.emoji();
        getStyleClass().add("md-code-lines");
        selected.getStyleClass().add("md-selection");
        selected.setManaged(false);
        selected.setMouseTransparent(true);
        getChildren().add(selected);
    }

    /** Shows this code; only lines that changed are coloured again. */
    void show(String language, String text, int state) {
        String[] lines = text.split("\n", -1);
        int before = state;
        int start = 0;
        for (int i = 0; i < lines.length; i++) {
            if (i == rows.size()) {
                var row = new Row();
                rows.add(row);
                getChildren().add(row.flow);
            }
            Row row = rows.get(i);
            row.start = start;
            if (row.before != before || !row.text.equals(lines[i])) {
                colour(row, language, lines[i], before);
            }
            before = row.after;
            start += lines[i].length() + 1;
        }
        while (rows.size() > lines.length) {
            getChildren().remove(rows.removeLast().flow);
        }
        requestLayout();
    }

    private void colour(Row row, String language, String line, int before) {
        Highlighters.Line coloured = highlighters.line(language, line, before);
        var texts = new ArrayList<Text>();
        for (Highlighters.Span span : coloured.spans()) {
            for (Emoji.Stretch part : emoji.split(line.substring(span.start(), span.end()))) {
                var text = new Text(part.text());
                text.getStyleClass().add(part.emoji() ? "md-emoji" : "md-code-text");
                if (!span.style().isEmpty()) {
                    text.getStyleClass().add(span.style());
                }
                texts.add(text);
            }
        }
        if (texts.isEmpty()) {
            var empty = new Text();
            empty.getStyleClass().add("md-code-text");
            texts.add(empty);
        }
        row.flow.getChildren().setAll(texts);
        row.text = line;
        row.before = before;
        row.after = coloured.state();
    }

    int length() {
        return rows.isEmpty() ? 0 : rows.getLast().start + rows.getLast().text.length();
    }

    int offsetAt(Point2D point) {
        Row hit = rows.getFirst();
        for (Row row : rows) {
            if (row.top <= point.getY()) {
                hit = row;
            }
        }
        if (point.getY() >= hit.top + hit.height && hit == rows.getLast()) {
            return length();
        }
        double x = point.getX() - hit.flow.getLayoutX();
        int within = hit.flow.getHitInfo(new Point2D(x, hit.height / 2)).getInsertionIndex();
        return hit.start + Math.clamp(within, 0, hit.text.length());
    }

    Bounds caretAt(int offset) {
        Row at = rows.getFirst();
        for (Row row : rows) {
            if (row.start <= offset) {
                at = row;
            }
        }
        return new BoundingBox(x(at, offset - at.start), at.top, 1, at.height);
    }

    private double x(Row row, int within) {
        int index = Math.clamp(within, 0, row.text.length());
        Bounds caret = new Path(row.flow.getCaretShape(index, true)).getBoundsInLocal();
        return row.flow.getLayoutX() + (caret.isEmpty() ? 0 : caret.getCenterX());
    }

    void select(int from, int to) {
        if (from != selectedFrom || to != selectedTo) {
            selectedFrom = from;
            selectedTo = to;
            drawSelection();
        }
    }

    private void drawSelection() {
        var elements = new ArrayList<PathElement>();
        for (Row row : rows) {
            int from = Math.max(selectedFrom - row.start, 0);
            int to = Math.min(selectedTo - row.start, row.text.length() + 1);
            if (from >= to) {
                continue;
            }
            double left = x(row, from);
            // A selected line break shows as a sliver behind the line.
            double right = x(row, to) + (to > row.text.length() ? row.height / 4 : 0);
            elements.add(new MoveTo(left, row.top));
            elements.add(new LineTo(right, row.top));
            elements.add(new LineTo(right, row.top + row.height));
            elements.add(new LineTo(left, row.top + row.height));
            elements.add(new ClosePath());
        }
        if (!elements.isEmpty() || !selected.getElements().isEmpty()) {
            selected.getElements().setAll(elements);
        }
    }

    @Override
    protected double computePrefWidth(double height) {
        double widest = 0;
        for (Row row : rows) {
            widest = Math.max(widest, row.flow.prefWidth(-1));
        }
        return Math.ceil(snappedLeftInset() + widest + snappedRightInset());
    }

    @Override
    protected double computePrefHeight(double width) {
        double height = 0;
        for (Row row : rows) {
            height += row.flow.prefHeight(-1);
        }
        return snappedTopInset() + height + snappedBottomInset();
    }

    @Override
    public double getBaselineOffset() {
        return snappedTopInset() + (rows.isEmpty() ? 0 : rows.getFirst().flow.getBaselineOffset());
    }

    @Override
    protected void layoutChildren() {
        double top = snappedTopInset();
        double left = snappedLeftInset();
        for (Row row : rows) {
            row.top = top;
            row.height = row.flow.prefHeight(-1);
            row.flow.resizeRelocate(left, top, Math.ceil(row.flow.prefWidth(-1)), row.height);
            row.flow.layout();
            top += row.height;
        }
        drawSelection();
    }
}
