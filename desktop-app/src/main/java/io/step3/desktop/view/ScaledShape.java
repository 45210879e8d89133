package io.step3.desktop.view;

import javafx.scene.layout.StackPane;
import javafx.scene.shape.Shape;

/** A shape drawn on a square of a fixed number of units, scaled to the size of this pane. */
final class ScaledShape extends StackPane {

    private final Shape shape;
    private final double units;

    ScaledShape(Shape shape, double units) {
        this.shape = shape;
        this.units = units;
        shape.setManaged(false);
        getChildren().add(shape);
        setMouseTransparent(true);
    }

    @Override
    protected void layoutChildren() {
        double scale = Math.min(getWidth(), getHeight()) / units;
        // Scaling is about the middle of the shape's own bounds, so it is put there first.
        var bounds = shape.getLayoutBounds();
        shape.setScaleX(scale);
        shape.setScaleY(scale);
        double x = bounds.getCenterX();
        double y = bounds.getCenterY();
        shape.setLayoutX(getWidth() / 2 + (x - units / 2) * scale - x);
        shape.setLayoutY(getHeight() / 2 + (y - units / 2) * scale - y);
    }
}
