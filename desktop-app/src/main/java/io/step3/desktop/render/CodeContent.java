package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;
import java.util.function.Supplier;
import javafx.animation.PauseTransition;
import javafx.geometry.BoundingBox;
import javafx.geometry.Bounds;
import javafx.geometry.Orientation;
import javafx.geometry.Point2D;
import javafx.scene.AccessibleRole;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.util.Duration;

/** Code, or a part of it; the first part has a head with the language and a copy button. */
final class CodeContent extends BlockContent {

    private final RenderSettings settings;
    private final String language;
    private final int part;
    private final int state;
    private final CodeLines lines;
    private final SidePane side;
    private final HBox head;

    /**
     * @param state of the highlighter at the end of the part before
     * @param whole the text of all parts, for the copy button
     */
    CodeContent(
            Block.Code code,
            int state,
            SideScroll scroll,
            Supplier<String> whole,
            RenderSettings settings) {
        this.settings = settings;
        this.language = code.language();
        this.part = code.part();
        this.state = state;
        lines = new CodeLines(settings);
        side = new SidePane(lines, scroll, true);
        head = part == 0 ? head(whole) : null;
        getStyleClass().add("md-code-box");
        if (part == 0) {
            getStyleClass().add("md-first");
            getChildren().add(head);
        }
        getChildren().add(side);
        setAccessibleRole(AccessibleRole.TEXT);
        setAccessibleRoleDescription(settings.texts().with(settings.texts().codeName(), language));
        update(code);
    }

    private HBox head(Supplier<String> whole) {
        var name = new Label(language);
        name.getStyleClass().add("md-code-language");
        var space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        var copy = new Button(settings.texts().copy());
        copy.getStyleClass().addAll("md-code-copy", "flat", "small");
        copy.setOnAction(
                _ -> {
                    var content = new ClipboardContent();
                    content.putString(whole.get());
                    Clipboard.getSystemClipboard().setContent(content);
                    copy.setText(settings.texts().copied());
                    var pause = new PauseTransition(Duration.seconds(2));
                    pause.setOnFinished(_ -> copy.setText(settings.texts().copy()));
                    pause.play();
                });
        var box = new HBox(name, space, copy);
        box.getStyleClass().add("md-code-head");
        return box;
    }

    /** Whether another part follows. */
    void setLast(boolean last) {
        getStyleClass().remove("md-last");
        if (last) {
            getStyleClass().add("md-last");
        }
        side.setLast(last);
        requestLayout();
    }

    @Override
    boolean update(Block block) {
        if (!(block instanceof Block.Code code)
                || !code.language().equals(language)
                || code.part() != part) {
            return false;
        }
        lines.show(language, code.text(), state);
        setAccessibleText(code.text());
        return true;
    }

    private Point2D inLines(Point2D point) {
        return new Point2D(
                point.getX() - side.getLayoutX() + side.scrolled(),
                point.getY() - side.getLayoutY());
    }

    @Override
    int offsetAt(Point2D point) {
        return lines.offsetAt(inLines(point));
    }

    @Override
    Bounds caretAt(int offset) {
        Bounds caret = lines.caretAt(offset);
        return new BoundingBox(
                caret.getMinX() + side.getLayoutX() - side.scrolled(),
                caret.getMinY() + side.getLayoutY(),
                1,
                caret.getHeight());
    }

    @Override
    void select(int from, int to) {
        lines.select(from, to);
    }

    private double headHeight(double width) {
        return head == null ? 0 : head.prefHeight(width);
    }

    @Override
    public double getBaselineOffset() {
        return snappedTopInset()
                + (head == null ? side.getBaselineOffset() : head.getBaselineOffset());
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefWidth(double height) {
        return snappedLeftInset() + side.prefWidth(-1) + snappedRightInset();
    }

    @Override
    protected double computePrefHeight(double width) {
        double inner = width - snappedLeftInset() - snappedRightInset();
        return snappedTopInset()
                + headHeight(inner)
                + side.prefHeight(inner)
                + snappedBottomInset();
    }

    @Override
    protected void layoutChildren() {
        double left = snappedLeftInset();
        double top = snappedTopInset();
        double width = getWidth() - left - snappedRightInset();
        double headHeight = headHeight(width);
        if (head != null) {
            head.resizeRelocate(left, top, width, headHeight);
        }
        side.resizeRelocate(
                left,
                top + headHeight,
                width,
                getHeight() - top - headHeight - snappedBottomInset());
    }
}
