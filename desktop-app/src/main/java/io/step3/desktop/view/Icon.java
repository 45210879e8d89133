package io.step3.desktop.view;

import javafx.scene.layout.StackPane;
import javafx.scene.shape.SVGPath;
import javafx.scene.shape.StrokeLineCap;
import javafx.scene.shape.StrokeLineJoin;

/** Line drawings of 24 x 24 units. */
enum Icon {
    SIDEBAR("M3 5h18v14H3zM9 5v14"),
    ADD("M12 5v14M5 12h14"),
    SEARCH("M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0 -14zM16 16l5 5"),
    SEND("M12 20V5M5 12l7-7l7 7"),
    STOP("M7 7h10v10H7z"),
    PICTURE("M3 5h18v14H3zM3 16l5-5l5 5l3-3l5 5M15.5 9.5h.01"),
    REGION("M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M9 9h6v6H9z"),
    COPY("M9 9h11v11H9zM5 15H4V4h11v1"),
    QUOTE("M5 6h14M9 12h10M9 18h10M5 11v8"),
    EDIT("M4 20h4L19 9l-4-4L4 16zM13 7l4 4"),
    AGAIN("M20 12a8 8 0 1 1-2.5-5.8M20 3v5h-5"),
    CONTINUE("M5 5l7 7l-7 7M13 5l7 7l-7 7"),
    PREVIOUS("M15 6l-6 6l6 6"),
    NEXT("M9 6l6 6l-6 6"),
    FOLDED("M9 6l6 6l-6 6"),
    UNFOLDED("M6 9l6 6l6-6"),
    CLOSE("M6 6l12 12M18 6L6 18"),
    MORE("M5 12h.01M12 12h.01M19 12h.01"),
    PIN("M9 4h6l-1 6l3 3H7l3-3zM12 13v7"),
    FOLDER("M3 6h6l2 2h10v11H3z"),
    SLIDERS("M4 7h10M18 7h2M16 5v4M4 17h2M10 17h10M8 15v4"),
    INSIDE(
            "M4 4h4v4H4zM10 4h4v4h-4zM16 4h4v4h-4zM4 10h4v4H4zM10 10h4v4h-4zM16 10h4v4h-4zM4 16h4v4H4zM10 16h4v4h-4zM16 16h4v4h-4z"),
    SETTINGS(
            "M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1"),
    KEYBOARD("M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M17 11h.01M8 14.5h8"),
    MODEL("M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5"),
    END("M12 5v14M5 12l7 7l7-7"),
    TRASH("M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5"),
    EYE("M2 12c4-7 16-7 20 0c-4 7-16 7-20 0zM12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6z");

    private static final double SIZE = 24;

    private final String path;

    Icon(String path) {
        this.path = path;
    }

    /** A drawing of it, 1.15 em high by the style sheet. */
    StackPane node() {
        var shape = new SVGPath();
        shape.setContent(path);
        shape.getStyleClass().add("icon-line");
        shape.setStrokeLineCap(StrokeLineCap.ROUND);
        shape.setStrokeLineJoin(StrokeLineJoin.ROUND);
        var frame = new ScaledShape(shape, SIZE);
        frame.getStyleClass().add("icon");
        return frame;
    }
}
