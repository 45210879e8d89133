package io.step3.desktop.view;

import io.step3.desktop.model.Words;
import java.util.function.Consumer;
import javafx.scene.control.Label;
import javafx.scene.control.TextArea;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;

/** A field in which an earlier message is written anew. */
final class MessageEditor extends VBox {

    private final TextArea area;

    /**
     * Makes a field.
     *
     * @param send takes the new text
     * @param cancel is run if the person thinks better of it
     */
    MessageEditor(String text, Words words, Consumer<String> send, Runnable cancel) {
        area = new TextArea(text);
        area.setWrapText(true);
        area.setPrefRowCount(Math.clamp(text.lines().count(), 2, 12));
        area.setAccessibleText(words.text("edit.field"));
        Runnable done = () -> send.accept(area.getText());
        new ComposingText(area, done);
        area.addEventFilter(
                KeyEvent.KEY_PRESSED,
                event -> {
                    if (event.getCode() == KeyCode.ESCAPE) {
                        cancel.run();
                        event.consume();
                    }
                });
        Label note = new Label(words.text("edit.note"));
        note.getStyleClass().add("muted");
        note.setWrapText(true);
        HBox.setHgrow(note, Priority.ALWAYS);
        note.setMaxWidth(Double.MAX_VALUE);
        HBox buttons =
                new HBox(
                        note,
                        Buttons.words(words.text("cancel"), cancel),
                        Buttons.words(words.text("edit.send"), done, "accent"));
        buttons.getStyleClass().add("edit-buttons");
        getChildren().addAll(area, buttons);
        getStyleClass().add("edit");
    }

    /** Puts the focus behind the text. */
    void begin() {
        area.requestFocus();
        area.end();
    }
}
