package io.step3.desktop.view;

import atlantafx.base.controls.ModalPane;
import io.step3.desktop.model.Words;
import javafx.application.Platform;
import javafx.event.EventHandler;
import javafx.geometry.Pos;
import javafx.scene.AccessibleRole;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;

/** Cards over the window: pickers, settings, questions. One at a time; Escape closes it. */
final class Overlay extends ModalPane {

    private final java.util.function.Supplier<Words> words;
    private Node focusedBefore;

    /**
     * At the scene, because a card that is filled anew loses the focus, and keys then pass it by.
     */
    private final EventHandler<KeyEvent> escape =
            event -> {
                if (isDisplay() && event.getCode() == KeyCode.ESCAPE) {
                    close();
                    event.consume();
                }
            };

    Overlay(java.util.function.Supplier<Words> words) {
        this.words = words;
        setAlignment(Pos.CENTER);
        setFocusTraversable(false);
        setAccessibleRole(AccessibleRole.DIALOG);
        setInTransitionFactory(null);
        setOutTransitionFactory(null);
        sceneProperty()
                .subscribe(
                        (before, now) -> {
                            if (before != null) {
                                before.removeEventHandler(KeyEvent.KEY_PRESSED, escape);
                            }
                            if (now != null) {
                                now.addEventHandler(KeyEvent.KEY_PRESSED, escape);
                            }
                        });
        displayProperty()
                .subscribe(
                        shown -> {
                            if (!shown && focusedBefore != null) {
                                focusedBefore.requestFocus();
                                focusedBefore = null;
                            }
                        });
    }

    /** Shows a card, with its own buttons at the bottom. */
    void show(String title, Node content, double width, Node... buttons) {
        Label heading = new Label(title);
        heading.getStyleClass().add("card-title");
        HBox.setHgrow(heading, Priority.ALWAYS);
        heading.setMaxWidth(Double.MAX_VALUE);
        Button close = Buttons.icon(Icon.CLOSE, words.get().text("close"), () -> hide(true));
        HBox head = new HBox(heading, close);
        head.getStyleClass().add("card-head");
        ScrollPane body = new ScrollPane(content);
        body.setFitToWidth(true);
        body.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        body.setFocusTraversable(false);
        // A scroll pane asks how high its content is before lines are wrapped. What is asked for
        // in the midst of a layout is forgotten: later.
        content.layoutBoundsProperty()
                .subscribe(
                        bounds ->
                                Platform.runLater(
                                        () ->
                                                body.setPrefViewportHeight(
                                                        Math.ceil(bounds.getHeight()))));
        body.getStyleClass().add("card-body");
        VBox card = new VBox(head, body);
        if (buttons.length > 0) {
            HBox foot = new HBox(buttons);
            foot.getStyleClass().add("card-foot");
            card.getChildren().add(foot);
        }
        card.getStyleClass().add("card-pane");
        card.setAccessibleText(title);
        card.maxWidthProperty()
                .bind(widthProperty().subtract(48).map(w -> Math.min(width, w.doubleValue())));
        card.prefWidthProperty().bind(card.maxWidthProperty());
        card.setMaxHeight(Region.USE_PREF_SIZE);
        VBox.setVgrow(body, Priority.SOMETIMES);
        body.maxHeightProperty().bind(heightProperty().subtract(170));
        if (focusedBefore == null && getScene() != null) {
            focusedBefore = getScene().getFocusOwner();
        }
        show(card);
        Platform.runLater(
                () -> {
                    Node first = FirstFocus.in(content);
                    (first != null ? first : close).requestFocus();
                });
    }

    /** Closes the card. */
    void close() {
        hide(true);
    }
}
