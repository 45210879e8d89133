package io.step3.desktop.view;

import io.step3.desktop.model.AttentionSnapshot;
import io.step3.image.ImagePlan;
import javafx.geometry.Orientation;
import javafx.scene.AccessibleRole;
import javafx.scene.canvas.Canvas;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.image.Image;
import javafx.scene.layout.Region;
import javafx.scene.paint.Color;

/**
 * A picture, darkened, and over it in orange where attention looked: a cell for each feature of the
 * base picture, the strongest one full.
 */
final class AttentionPicture extends Region {

    private static final double HIGHEST = 240;

    private final Canvas canvas = new Canvas();
    private final ImagePlan plan;
    private Image image;
    private AttentionSnapshot.Seen seen;

    AttentionPicture(AttentionSnapshot.Seen seen) {
        this.plan = seen.plan();
        this.seen = seen;
        getStyleClass().add("attention-picture");
        setAccessibleRole(AccessibleRole.IMAGE_VIEW);
        getChildren().add(canvas);
    }

    void setImage(Image image) {
        this.image = image;
        draw();
    }

    void show(AttentionSnapshot.Seen next) {
        seen = next;
        draw();
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefHeight(double width) {
        return Math.min(HIGHEST, Math.max(0, width) * plan.size().height() / plan.size().width());
    }

    @Override
    protected void layoutChildren() {
        double ratio = (double) plan.size().width() / plan.size().height();
        canvas.setWidth(Math.min(getWidth(), getHeight() * ratio));
        canvas.setHeight(canvas.getWidth() / ratio);
        draw();
    }

    private void draw() {
        GraphicsContext g = canvas.getGraphicsContext2D();
        double width = canvas.getWidth();
        double height = canvas.getHeight();
        g.clearRect(0, 0, width, height);
        if (image == null || width <= 0) {
            return;
        }
        g.drawImage(image, 0, 0, width, height);
        g.setFill(Color.rgb(0, 0, 0, 0.4));
        g.fillRect(0, 0, width, height);
        // The grid covers the padding too, which lies right and below and is not drawn.
        double cellWidth = width * plan.padded().width() / plan.size().width() / seen.side();
        double cellHeight = height * plan.padded().height() / plan.size().height() / seen.side();
        float most = 0;
        for (float cell : seen.cells()) {
            most = Math.max(most, cell);
        }
        for (int i = 0; i < seen.cells().length && most > 0; i++) {
            double x = i % seen.side() * cellWidth;
            double y = i / seen.side() * cellHeight;
            g.setFill(Color.rgb(255, 150, 30, 0.85 * seen.cells()[i] / most));
            g.fillRect(x, y, cellWidth, cellHeight);
        }
    }
}
