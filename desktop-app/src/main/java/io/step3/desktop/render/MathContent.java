package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;
import javafx.geometry.BoundingBox;
import javafx.geometry.Bounds;
import javafx.geometry.Orientation;
import javafx.geometry.Point2D;
import javafx.scene.AccessibleRole;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;

/** A formula that stands alone; its source until it is drawn, and for good if it cannot be. */
final class MathContent extends BlockContent {

    private final RenderSettings settings;
    private final CodeLines source;
    private final StackPane box = new StackPane();
    private final SidePane side = new SidePane(box, new SideScroll(), true);
    private Block.Math math;
    private boolean drawn;
    private boolean selected;

    MathContent(Block.Math math, RenderSettings settings) {
        this.settings = settings;
        source = new CodeLines(settings);
        getStyleClass().add("md-math");
        box.getStyleClass().add("md-math-box");
        getChildren().add(side);
        setAccessibleRole(AccessibleRole.TEXT);
        show(math);
    }

    private void show(Block.Math next) {
        math = next;
        setAccessibleText(settings.texts().with(settings.texts().formulaName(), math.source()));
        if (math.closed()) {
            settings.formulas()
                    .known(math.source(), true)
                    .ifPresentOrElse(this::draw, this::request);
        } else {
            showSource();
        }
    }

    private void request() {
        showSource();
        Block.Math asked = math;
        settings.formulas()
                .request(
                        math.source(),
                        true,
                        formula -> {
                            if (asked == math) {
                                draw(formula);
                            }
                        });
    }

    private void showSource() {
        source.show("latex", math.source(), Highlighters.START);
        put(source);
        drawn = false;
    }

    private void draw(Formula formula) {
        put(new FormulaNode(formula, math.source(), settings.texts()));
        drawn = true;
    }

    private void put(Region node) {
        if (box.getChildren().isEmpty() || box.getChildren().getFirst() != node) {
            box.getChildren().setAll(node);
        }
        box.requestLayout();
    }

    @Override
    boolean update(Block block) {
        if (!(block instanceof Block.Math next)) {
            return false;
        }
        if (!next.source().equals(math.source()) || next.closed() != math.closed()) {
            show(next);
        }
        return true;
    }

    @Override
    int offsetAt(Point2D point) {
        return point.getX() < getWidth() / 2 ? 0 : 1;
    }

    @Override
    Bounds caretAt(int offset) {
        return new BoundingBox(offset == 0 ? 0 : getWidth() - 1, 0, 1, getHeight());
    }

    @Override
    void select(int from, int to) {
        boolean now = from < to;
        if (now != selected) {
            selected = now;
            pseudoClassStateChanged(SELECTED, now);
        }
        if (!drawn) {
            source.select(0, now ? source.length() : 0);
        }
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefWidth(double height) {
        return side.prefWidth(-1);
    }

    @Override
    protected double computePrefHeight(double width) {
        return snappedTopInset() + side.prefHeight(width) + snappedBottomInset();
    }

    @Override
    protected void layoutChildren() {
        double top = snappedTopInset();
        side.resizeRelocate(0, top, getWidth(), getHeight() - top - snappedBottomInset());
    }
}
