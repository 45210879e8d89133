package io.step3.desktop.view;

import io.step3.desktop.model.InsideSnapshot;
import java.util.List;
import javafx.geometry.Orientation;
import javafx.scene.canvas.Canvas;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.layout.Region;
import javafx.scene.paint.Color;
import javafx.scene.shape.Rectangle;

/**
 * Layers down, experts across. The fill is an expert's share of its layer's choices so far (an
 * equal share is half as strong as twice that); a frame marks the experts that the latest token
 * visits.
 */
final class HeatMap extends Region {

    private static final double HIGHEST = 26;

    private final Canvas canvas = new Canvas();

    /** Never seen: they have the colours from the style sheet. */
    private final Rectangle cell = new Rectangle();

    private final Rectangle frame = new Rectangle();
    private InsideSnapshot snapshot = InsideSnapshot.EMPTY;

    HeatMap() {
        getStyleClass().add("heat-map");
        cell.getStyleClass().add("heat-cell");
        frame.getStyleClass().add("heat-frame");
        for (Rectangle colour : List.of(cell, frame)) {
            colour.setVisible(false);
            colour.setManaged(false);
            colour.fillProperty().subscribe(_ -> draw());
        }
        getChildren().addAll(canvas, cell, frame);
    }

    void show(InsideSnapshot next) {
        boolean other = next.shape().moeLayers().size() != snapshot.shape().moeLayers().size();
        snapshot = next;
        if (other) {
            requestLayout();
        }
        draw();
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefHeight(double width) {
        return Math.max(1, snapshot.counts().length) * cellHeight(width);
    }

    private double cellHeight(double width) {
        int experts = Math.max(1, snapshot.shape().experts());
        return Math.clamp(Math.max(0, width) / experts, 6, HIGHEST);
    }

    @Override
    protected void layoutChildren() {
        canvas.setWidth(getWidth());
        canvas.setHeight(getHeight());
        draw();
    }

    /** The fill of an expert that is chosen so often, 0 to 1. */
    Color cell(double strength) {
        return ((Color) cell.getFill()).deriveColor(0, 1, 1, 0.06 + 0.84 * strength);
    }

    /** The frame of an expert that the latest token visits. */
    Color frame() {
        return (Color) frame.getFill();
    }

    private void draw() {
        GraphicsContext g = canvas.getGraphicsContext2D();
        double width = canvas.getWidth();
        g.clearRect(0, 0, width, canvas.getHeight());
        int layers = snapshot.counts().length;
        if (layers == 0 || width <= 0) {
            return;
        }
        int experts = snapshot.shape().experts();
        double cellWidth = width / experts;
        double cellHeight = canvas.getHeight() / layers;
        double gap = cellWidth > 8 ? 1 : 0.5;
        for (int layer = 0; layer < layers; layer++) {
            for (int expert = 0; expert < experts; expert++) {
                double x = expert * cellWidth;
                double y = layer * cellHeight;
                // Twice the equal share is full strength.
                double strength = Math.min(1, snapshot.share(layer, expert) * experts / 2);
                g.setFill(cell(strength));
                g.fillRect(x, y, cellWidth - gap, cellHeight - gap);
                if (snapshot.current()[layer][expert] > 0) {
                    g.setStroke(frame());
                    g.setLineWidth(Math.clamp(cellWidth / 8, 1, 2.5));
                    double inset = g.getLineWidth() / 2;
                    g.strokeRect(
                            x + inset,
                            y + inset,
                            cellWidth - gap - 2 * inset,
                            cellHeight - gap - 2 * inset);
                }
            }
        }
    }
}
