package io.step3.desktop.view;

import atlantafx.base.theme.Styles;
import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.model.Picture;
import io.step3.desktop.model.Words;
import io.step3.desktop.store.Part;
import java.util.ArrayList;
import java.util.List;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.Label;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;

/** The pictures of a message, and the names of those that were taken out. */
final class MessagePictures extends FlowPane {

    private final ConversationViewModel conversation;
    private final MessageViewModel message;
    private final ViewContext context;
    private final Words words;
    private final List<Place> places = new ArrayList<>();
    private List<Part> shown = List.of();

    MessagePictures(
            ConversationViewModel conversation, MessageViewModel message, ViewContext context) {
        this.conversation = conversation;
        this.message = message;
        this.context = context;
        this.words = context.words();
        getStyleClass().add("pictures");
        setManaged(false);
        setVisible(false);
        sceneProperty().subscribe((_, now) -> comeOrGo(now));
    }

    /** Shows the pictures that the message has now. */
    void update() {
        if (message.parts().equals(shown)) {
            return;
        }
        shown = message.parts();
        places.clear();
        getChildren().clear();
        for (int position = 0; position < shown.size(); position++) {
            switch (shown.get(position)) {
                case Part.Image image -> {
                    var place = new Place(image, position);
                    places.add(place);
                    getChildren().add(place);
                }
                case Part.RemovedImage(String name) ->
                        getChildren().add(said("picture.removed", name));
                case Part.Text _ -> {
                    // In the document.
                }
            }
        }
        setManaged(!getChildren().isEmpty());
        setVisible(!getChildren().isEmpty());
        if (getScene() != null) {
            places.forEach(Place::fill);
        }
    }

    /** Messages far from what is on screen leave the scene, and take no pictures with them. */
    private void comeOrGo(Scene scene) {
        places.forEach(scene == null ? Place::empty : Place::fill);
    }

    /** Where one picture stands; empty it stays as large as it was. */
    private final class Place extends StackPane {
        private final Part.Image image;
        private final int position;
        private boolean wanted;

        Place(Part.Image image, int position) {
            this.image = image;
            this.position = position;
            setMinSize(PictureView.SIDE, PictureView.SIDE);
        }

        void fill() {
            wanted = true;
            context.desk()
                    .pictures()
                    .load(image)
                    .whenComplete(
                            (picture, failure) ->
                                    Platform.runLater(
                                            () -> {
                                                if (wanted) {
                                                    show(picture);
                                                }
                                            }));
        }

        private void show(Picture picture) {
            setMinSize(USE_COMPUTED_SIZE, USE_COMPUTED_SIZE);
            getChildren()
                    .setAll(
                            picture == null
                                    ? said("picture.unreadable", image.name())
                                    : loaded(picture, position));
        }

        void empty() {
            wanted = false;
            if (getWidth() > 0) {
                setMinSize(getWidth(), getHeight());
            }
            getChildren().clear();
        }
    }

    private Node loaded(Picture picture, int position) {
        return new PictureView(
                picture, words, () -> context.look(picture), () -> askToRemove(picture, position));
    }

    /** What is taken out of a message that was sent is gone for good. */
    private void askToRemove(Picture picture, int position) {
        Overlay overlay = context.overlay();
        Label text = new Label(words.text("picture.remove.ask"));
        text.setWrapText(true);
        overlay.show(
                words.text("picture.remove", picture.name()),
                new VBox(text),
                480,
                Buttons.words(words.text("cancel"), overlay::close),
                Buttons.words(
                        words.text("picture.remove.yes"),
                        () -> {
                            overlay.close();
                            conversation.removePicture(message, position);
                        },
                        Styles.DANGER));
    }

    private Label said(String key, String name) {
        Label label = new Label(words.text(key, name));
        label.getStyleClass().add("muted");
        return label;
    }
}
