package io.step3.desktop.view;

import javafx.application.Platform;
import javafx.scene.control.TextArea;
import javafx.scene.input.InputMethodEvent;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;

/**
 * Makes Enter send and Shift+Enter break the line, but not while an input method composes a word:
 * the Enter that takes the word is not meant for the message.
 */
final class ComposingText {

    private final TextArea area;
    private final Runnable send;
    private boolean composing;
    private boolean justTaken;

    ComposingText(TextArea area, Runnable send) {
        this.area = area;
        this.send = send;
        area.addEventFilter(InputMethodEvent.INPUT_METHOD_TEXT_CHANGED, this::composed);
        area.addEventFilter(KeyEvent.KEY_PRESSED, this::pressed);
    }

    private void composed(InputMethodEvent event) {
        boolean before = composing;
        composing = !event.getComposed().isEmpty();
        if (before && !composing) {
            // Some systems send the Enter after the word, within the same event.
            justTaken = true;
            Platform.runLater(() -> justTaken = false);
        }
    }

    private void pressed(KeyEvent event) {
        if (event.getCode() != KeyCode.ENTER) {
            return;
        }
        if (composing || justTaken) {
            event.consume();
        } else if (event.isShiftDown() && !event.isShortcutDown()) {
            area.replaceSelection("\n");
            event.consume();
        } else if (!event.isShiftDown() && !event.isAltDown()) {
            event.consume();
            send.run();
        }
    }
}
