package io.step3.desktop.view;

import io.step3.desktop.model.Picture;
import io.step3.desktop.model.Words;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.image.ImageView;
import javafx.scene.layout.HBox;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;

/** A picture as a thumbnail with its true size; a click shows what the model sees of it. */
final class PictureView extends VBox {

    /** Width of a thumbnail. */
    static final double SIDE = 148;

    PictureView(Picture picture, Words words, Runnable look, Runnable remove) {
        getStyleClass().add("picture");
        ImageView image = new ImageView(RgbPicture.of(picture.preview()));
        image.setPreserveRatio(true);
        image.setSmooth(true);
        image.setFitWidth(SIDE);
        image.setFitHeight(SIDE * 0.75);
        StackPane frame = new StackPane(image);
        frame.getStyleClass().add("picture-frame");
        Button button = new Button(null, frame);
        button.getStyleClass().addAll("flat", "picture-button");
        String size = words.text("picture.size", picture.width(), picture.height());
        button.setAccessibleText(words.text("picture.look", picture.name(), size));
        button.setOnAction(_ -> look.run());
        Label label = new Label(size);
        label.getStyleClass().add("picture-size");
        label.setMaxWidth(Double.MAX_VALUE);
        HBox.setHgrow(label, javafx.scene.layout.Priority.ALWAYS);
        HBox foot = new HBox(label);
        foot.getStyleClass().add("picture-foot");
        if (remove != null) {
            foot.getChildren()
                    .add(
                            Buttons.icon(
                                    Icon.CLOSE,
                                    words.text("picture.remove", picture.name()),
                                    remove));
        }
        getChildren().addAll(button, foot);
    }
}
