package io.step3.desktop.view;

import atlantafx.base.theme.Styles;
import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.model.Picture;
import io.step3.desktop.model.Words;
import io.step3.desktop.store.Part;
import java.util.List;
import javafx.application.Platform;
import javafx.scene.Node;
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
    }

    /** Shows the pictures that the message has now. */
    void update() {
        if (message.parts().equals(shown)) {
            return;
        }
        shown = message.parts();
        getChildren().clear();
        for (int position = 0; position < shown.size(); position++) {
            switch (shown.get(position)) {
                case Part.Image image -> load(image, position);
                case Part.RemovedImage(String name) -> getChildren().add(removed(name));
                case Part.Text _ -> {
                    // In the document.
                }
            }
        }
        setManaged(!getChildren().isEmpty());
        setVisible(!getChildren().isEmpty());
    }

    private void load(Part.Image image, int position) {
        StackPane place = new StackPane();
        getChildren().add(place);
        context.desk()
                .pictures()
                .load(image)
                .whenComplete(
                        (picture, failure) ->
                                Platform.runLater(
                                        () ->
                                                place.getChildren()
                                                        .setAll(
                                                                failure == null
                                                                        ? loaded(picture, position)
                                                                        : removed(image.name()))));
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

    private Label removed(String name) {
        Label label = new Label(words.text("picture.removed", name));
        label.getStyleClass().add("muted");
        return label;
    }
}
