package io.step3.desktop.render;

import javafx.beans.property.DoubleProperty;
import javafx.beans.property.SimpleDoubleProperty;

import java.util.ArrayList;
import java.util.List;

/** How far the parts of one wide block are scrolled sideways: all alike. */
final class SideScroll {

    private final DoubleProperty offset = new SimpleDoubleProperty();
    private final List<SidePane> parts = new ArrayList<>();

    DoubleProperty offset() {
        return offset;
    }

    void join(SidePane part) {
        parts.add(part);
    }

    void leave(SidePane part) {
        parts.remove(part);
    }

    /** The widest content of the parts on show. */
    double contentWidth() {
        return parts.stream().mapToDouble(SidePane::contentWidth).max().orElse(0);
    }

    void changed(SidePane by) {
        for (SidePane part : parts) {
            if (part != by) {
                part.requestLayout();
            }
        }
    }
}
