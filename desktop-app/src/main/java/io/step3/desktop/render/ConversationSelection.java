package io.step3.desktop.render;

import io.step3.desktop.markdown.Excerpt;
import java.util.List;
import javafx.animation.KeyFrame;
import javafx.animation.Timeline;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.geometry.Bounds;
import javafx.geometry.Point2D;
import javafx.scene.Node;
import javafx.scene.control.Control;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseButton;
import javafx.scene.input.MouseEvent;
import javafx.util.Duration;

/** The text that is selected across the documents of a conversation, with mouse and keyboard. */
final class ConversationSelection {

    private final ConversationPane pane;
    private final TextSelection selection;
    private final ReadOnlyBooleanWrapper selecting = new ReadOnlyBooleanWrapper(this, "selecting");
    private final Timeline autoScroll =
            new Timeline(new KeyFrame(Duration.millis(30), _ -> autoScroll()));
    private Point2D dragged;
    private double autoSpeed;

    /** Where the caret keeps to while it goes up and down, or -1. */
    private double caretX = -1;

    ConversationSelection(ConversationPane pane) {
        this.pane = pane;
        selection =
                new TextSelection(
                        () -> pane.documents().stream().map(DocumentView::blocks).toList());
        autoScroll.setCycleCount(Timeline.INDEFINITE);
        pane.addEventHandler(MouseEvent.MOUSE_PRESSED, this::pressed);
        pane.addEventHandler(MouseEvent.MOUSE_DRAGGED, this::dragged);
        pane.addEventHandler(MouseEvent.MOUSE_RELEASED, _ -> stopDragging());
    }

    /** Whether text is selected. */
    ReadOnlyBooleanProperty selectingProperty() {
        return selecting.getReadOnlyProperty();
    }

    /** What is selected; no blocks if nothing is. */
    Excerpt excerpt() {
        return selection.excerpt();
    }

    /** Selects all documents. */
    void selectAll() {
        selection.selectAll();
        show();
    }

    /** Selects nothing. */
    void clear() {
        selection.clear();
        show();
    }

    /** Selects from one place to another, which may lie before it. */
    void select(TextPosition from, TextPosition to) {
        selection.select(from, to);
        show();
    }

    /** Puts what is selected on the clipboard; nothing happens if nothing is. */
    void copy() {
        if (selection.isEmpty()) {
            return;
        }
        Excerpt excerpt = selection.excerpt();
        var clipboard = new ClipboardContent();
        clipboard.putString(excerpt.plain());
        clipboard.putHtml(excerpt.html());
        clipboard.put(ConversationPane.MARKDOWN, excerpt.markdown());
        Clipboard.getSystemClipboard().setContent(clipboard);
    }

    private void show() {
        selecting.set(!selection.isEmpty());
        List<DocumentView> documents = pane.documents();
        for (int i = 0; i < documents.size(); i++) {
            boolean inside =
                    !selection.isEmpty()
                            && i >= selection.start().document()
                            && i <= selection.end().document();
            if (!inside) {
                documents.get(i).select(null, null);
                continue;
            }
            TextPosition from =
                    i == selection.start().document()
                            ? selection.start()
                            : new TextPosition(i, 0, 0);
            TextPosition to =
                    i == selection.end().document()
                            ? selection.end()
                            : new TextPosition(i, Integer.MAX_VALUE, 0);
            documents.get(i).select(from, to);
        }
    }

    private static boolean onText(Object target) {
        boolean found = false;
        for (Node node = target instanceof Node at ? at : null;
                node != null;
                node = node.getParent()) {
            if (node instanceof Control) {
                return false;
            }
            found |= node instanceof DocumentView;
        }
        return found;
    }

    private void pressed(MouseEvent event) {
        if (event.getButton() != MouseButton.PRIMARY) {
            return;
        }
        if (!onText(event.getTarget())) {
            if (pane.isBackground(event.getTarget())) {
                pane.requestFocus();
                clear();
            }
            return;
        }
        pane.requestFocus();
        caretX = -1;
        TextPosition at = pane.positionAt(event.getX(), event.getY());
        if (at == null) {
            return;
        }
        if (event.isShiftDown()) {
            selection.extend(at);
        } else if (event.getClickCount() == 2) {
            selection.selectWord(at);
        } else if (event.getClickCount() >= 3) {
            selection.selectBlock(at);
        } else {
            selection.select(at, at);
        }
        dragged = event.getClickCount() > 1 ? null : new Point2D(event.getX(), event.getY());
        show();
    }

    private void dragged(MouseEvent event) {
        if (dragged == null || selection.anchor() == null) {
            return;
        }
        dragged = new Point2D(event.getX(), event.getY());
        double over =
                event.getY() < 0 ? event.getY() : Math.max(0, event.getY() - pane.getHeight());
        autoSpeed = over / 3;
        if (over == 0) {
            autoScroll.stop();
        } else {
            autoScroll.play();
        }
        extendTo(dragged);
    }

    private void extendTo(Point2D point) {
        TextPosition at =
                pane.positionAt(
                        point.getX(),
                        Math.clamp(point.getY(), 0, Math.max(0, pane.getHeight() - 1)));
        if (at != null) {
            selection.extend(at);
            show();
        }
    }

    private void autoScroll() {
        pane.scrollBy(autoSpeed);
        pane.layout();
        extendTo(dragged);
    }

    private void stopDragging() {
        dragged = null;
        autoScroll.stop();
    }

    /** Whether the key changed or copied what is selected. */
    boolean keyPressed(KeyEvent event) {
        return event.isShiftDown() && moves(event) || commands(event);
    }

    private boolean commands(KeyEvent event) {
        boolean shortcut = event.isShortcutDown();
        switch (event.getCode()) {
            case C, COPY, INSERT -> {
                if (!shortcut && event.getCode() != KeyCode.COPY) {
                    return false;
                }
                copy();
            }
            case A -> {
                if (!shortcut) {
                    return false;
                }
                selectAll();
            }
            case ESCAPE -> {
                if (selection.isEmpty()) {
                    return false;
                }
                clear();
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Shift with an arrow: moves the end of the selection. */
    private boolean moves(KeyEvent event) {
        TextPosition caret = selection.caret();
        if (caret == null) {
            return false;
        }
        boolean word = event.isShortcutDown();
        TextPosition to =
                switch (event.getCode()) {
                    case LEFT -> selection.move(caret, false, word);
                    case RIGHT -> selection.move(caret, true, word);
                    case UP -> vertically(caret, -1);
                    case DOWN -> vertically(caret, 1);
                    case HOME -> onLine(caret, -1e6);
                    case END -> onLine(caret, 1e6);
                    default -> null;
                };
        if (to == null) {
            return false;
        }
        boolean vertical =
                switch (event.getCode()) {
                    case UP, DOWN -> true;
                    default -> false;
                };
        caretX = vertical ? caretX : -1;
        selection.extend(to);
        show();
        reveal(to);
        return true;
    }

    private TextPosition vertically(TextPosition from, int direction) {
        Bounds caret = pane.caretBounds(from);
        if (caret == null) {
            return from;
        }
        if (caretX < 0) {
            caretX = caret.getMinX();
        }
        double step = Math.max(6, caret.getHeight());
        // The gap between two blocks may be higher than a line: go on until the text changes.
        for (int i = 1; i <= 8; i++) {
            double y = caret.getCenterY() + direction * step * (0.5 + 0.5 * i);
            TextPosition to = pane.positionAt(caretX, y);
            Bounds bounds = to == null ? null : pane.caretBounds(to);
            boolean moved =
                    bounds != null && Math.abs(bounds.getCenterY() - caret.getCenterY()) > step / 3;
            if (moved && Integer.signum(to.compareTo(from)) == direction) {
                return to;
            }
        }
        return from;
    }

    private TextPosition onLine(TextPosition from, double x) {
        Bounds caret = pane.caretBounds(from);
        TextPosition to = caret == null ? null : pane.positionAt(x, caret.getCenterY());
        return to == null ? from : to;
    }

    /** Scrolls as far as the line of this place comes into view. */
    void reveal(TextPosition at) {
        Bounds caret = pane.caretBounds(at);
        if (caret == null) {
            return;
        }
        if (caret.getMinY() < 0) {
            pane.scrollBy(caret.getMinY() - 8);
        } else if (caret.getMaxY() > pane.getHeight()) {
            pane.scrollBy(caret.getMaxY() - pane.getHeight() + 8);
        }
    }
}
