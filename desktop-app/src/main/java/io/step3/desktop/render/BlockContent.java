package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;

import javafx.css.PseudoClass;
import javafx.geometry.Bounds;
import javafx.geometry.Point2D;
import javafx.scene.layout.Region;

/** What one block shows, without the marks of the quotes and lists around it. */
abstract class BlockContent extends Region {

    static final PseudoClass SELECTED = PseudoClass.getPseudoClass("selected");

    /** Shows another block of the same kind; false if a new node must be built for it. */
    abstract boolean update(Block block);

    /** The offset in {@link Block#text()} nearest to a point. */
    abstract int offsetAt(Point2D point);

    /** Where the caret stands at an offset. */
    abstract Bounds caretAt(int offset);

    /** Marks the text from one offset to another as selected; nothing if they are equal. */
    abstract void select(int from, int to);

    /** Where the letters of the first line stand, from the top. */
    double firstBaseline() {
        return getBaselineOffset();
    }
}
