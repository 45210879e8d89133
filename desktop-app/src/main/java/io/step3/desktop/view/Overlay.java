package io.step3.desktop.view;

import atlantafx.base.controls.ModalPane;
import io.step3.desktop.model.Words;
import java.util.List;
import java.util.function.Supplier;
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

    private final Supplier<Words> words;
    private final Runnable home;
    private Node focusedBefore;
    private Node first;

    /**
     * At the scene, and before anyone else: a list or field in a card would keep the key, and where
     * nothing has the focus it would pass the card by.
     */
    private final EventHandler<KeyEvent> escape =
            event -> {
                if (isDisplay() && event.getCode() == KeyCode.ESCAPE) {
                    close();
                    event.consume();
                }
            };

    /**
     * @param home takes the focus where the node that had it before a card is gone
     */
    Overlay(Supplier<Words> words, Runnable home) {
        this.words = words;
        this.home = home;
        setAlignment(Pos.CENTER);
        setFocusTraversable(false);
        setAccessibleRole(AccessibleRole.DIALOG);
        setInTransitionFactory(null);
        setOutTransitionFactory(null);
        sceneProperty()
                .subscribe(
                        (before, now) -> {
                            if (before != null) {
                                before.removeEventFilter(KeyEvent.KEY_PRESSED, escape);
                            }
                            if (now != null) {
                                now.addEventFilter(KeyEvent.KEY_PRESSED, escape);
                            }
                        });
        displayProperty()
                .subscribe(
                        (_, shown) -> {
                            if (!shown) {
                                giveFocusBack();
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
        first = content;
        // The content is in the scene only once the scroll pane around it has its skin.
        applyCss();
        layout();
        takeFocus();
        Platform.runLater(this::takeFocus);
    }

    /** Puts the focus into the card, if it is not there yet. */
    void takeFocus() {
        if (!isDisplay() || getScene() == null || getContent() == null) {
            return;
        }
        Node now = getScene().getFocusOwner();
        if (now == null || !Focusable.isWithin(now, getContent())) {
            List<Node> inside = Focusable.in(first);
            List<Node> all = Focusable.in(getContent());
            (inside.isEmpty() ? all : inside).getFirst().requestFocus();
        }
    }

    /** Moves the focus on in the card, from its end to its beginning. */
    void moveFocus(boolean back) {
        List<Node> ring = Focusable.in(getContent());
        FocusKeeper.next(ring, getScene().getFocusOwner(), back).requestFocus();
    }

    private void giveFocusBack() {
        if (focusedBefore != null && Focusable.isThere(focusedBefore)) {
            focusedBefore.requestFocus();
        } else {
            home.run();
        }
        focusedBefore = null;
    }

    /** Closes the card. */
    void close() {
        hide(true);
    }
}
