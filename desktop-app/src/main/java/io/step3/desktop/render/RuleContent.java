package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;

import javafx.geometry.BoundingBox;
import javafx.geometry.Bounds;
import javafx.geometry.Point2D;
import javafx.scene.layout.Region;

/** A line across. */
final class RuleContent extends BlockContent {

    private final Region line = new Region();

    RuleContent() {
        getStyleClass().add("md-rule");
        line.getStyleClass().add("md-rule-line");
        getChildren().add(line);
    }

    @Override
    boolean update(Block block) {
        return block instanceof Block.Rule;
    }

    @Override
    int offsetAt(Point2D point) {
        return 0;
    }

    @Override
    Bounds caretAt(int offset) {
        return new BoundingBox(0, 0, 1, getHeight());
    }

    @Override
    void select(int from, int to) {}

    @Override
    protected void layoutChildren() {
        double thick = Math.max(1, snapSizeY(line.prefHeight(-1)));
        line.resizeRelocate(0, snapPositionY((getHeight() - thick) / 2), getWidth(), thick);
    }
}
