package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;
import io.step3.desktop.markdown.Inline;
import java.util.List;
import javafx.geometry.Bounds;
import javafx.geometry.Orientation;
import javafx.geometry.Point2D;
import javafx.scene.AccessibleRole;

/** A paragraph or heading. */
final class WordsContent extends BlockContent {

    private final RenderSettings settings;
    private final WordsPane words;
    private final int level;

    WordsContent(Block block, RenderSettings settings) {
        this.settings = settings;
        words = new WordsPane(settings);
        level = block instanceof Block.Heading heading ? heading.level() : 0;
        getStyleClass().add(level == 0 ? "md-paragraph" : "md-h" + level);
        getChildren().add(words);
        update(block);
    }

    @Override
    boolean update(Block block) {
        List<Inline> inlines =
                switch (block) {
                    case Block.Paragraph paragraph when level == 0 -> paragraph.inlines();
                    case Block.Heading heading when heading.level() == level -> heading.inlines();
                    default -> null;
                };
        if (inlines == null) {
            return false;
        }
        words.show(inlines);
        if (level > 0) {
            setAccessibleRole(AccessibleRole.TEXT);
            setAccessibleRoleDescription(
                    settings.texts().with(settings.texts().headingName(), level, block.text()));
            setAccessibleText(block.text());
        }
        return true;
    }

    @Override
    int offsetAt(Point2D point) {
        return words.offsetAt(point);
    }

    @Override
    Bounds caretAt(int offset) {
        return words.caretAt(offset);
    }

    @Override
    void select(int from, int to) {
        words.select(from, to);
    }

    @Override
    public double getBaselineOffset() {
        return words.getBaselineOffset();
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefWidth(double height) {
        return words.prefWidth(height);
    }

    @Override
    protected double computePrefHeight(double width) {
        return words.prefHeight(width);
    }

    @Override
    protected void layoutChildren() {
        words.resizeRelocate(0, 0, getWidth(), getHeight());
    }
}
