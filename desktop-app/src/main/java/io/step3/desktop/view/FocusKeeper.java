package io.step3.desktop.view;

import java.util.List;
import javafx.application.Platform;
import javafx.beans.value.ChangeListener;
import javafx.event.EventHandler;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.TraversalDirection;
import javafx.scene.control.TextArea;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;

/**
 * Keeps the focus where the person expects it: Tab leaves a text area and goes round in an open
 * card, nothing behind a card gets it, and where the node that had it goes away (a message that is
 * answered anew, a notice that is put away) it goes to the field in which one writes.
 */
final class FocusKeeper {

    private final Overlay overlay;
    private final Runnable home;
    private final EventHandler<KeyEvent> keys = this::pressed;
    private final ChangeListener<Node> owner = (_, before, now) -> moved(before, now);

    /**
     * @param home puts the focus where one writes
     */
    FocusKeeper(Overlay overlay, Runnable home) {
        this.overlay = overlay;
        this.home = home;
    }

    void watch(Scene scene) {
        scene.addEventFilter(KeyEvent.KEY_PRESSED, keys);
        scene.focusOwnerProperty().addListener(owner);
    }

    void leave(Scene scene) {
        scene.removeEventFilter(KeyEvent.KEY_PRESSED, keys);
        scene.focusOwnerProperty().removeListener(owner);
    }

    private void pressed(KeyEvent event) {
        if (event.getCode() != KeyCode.TAB
                || event.isControlDown()
                || event.isAltDown()
                || event.isMetaDown()) {
            return;
        }
        boolean back = event.isShiftDown();
        if (overlay.isDisplay()) {
            overlay.moveFocus(back);
            event.consume();
        } else if (event.getTarget() instanceof TextArea area) {
            area.requestFocusTraversal(
                    back ? TraversalDirection.PREVIOUS : TraversalDirection.NEXT);
            event.consume();
        }
    }

    private void moved(Node before, Node now) {
        if (overlay.isDisplay()) {
            if (now == null || !Focusable.isWithin(now, overlay)) {
                Platform.runLater(overlay::takeFocus);
            }
        } else if (now == null && before != null && !Focusable.isThere(before)) {
            // JavaFX then looks for the first node of the window; afterwards.
            Platform.runLater(
                    () -> {
                        if (!overlay.isDisplay()) {
                            home.run();
                        }
                    });
        }
    }

    /** The next in a ring, or the first. */
    static Node next(List<Node> ring, Node from, boolean back) {
        int at = ring.indexOf(from);
        if (at < 0) {
            return back ? ring.getLast() : ring.getFirst();
        }
        return ring.get(Math.floorMod(at + (back ? -1 : 1), ring.size()));
    }
}
