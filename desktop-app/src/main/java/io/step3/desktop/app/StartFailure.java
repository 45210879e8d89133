package io.step3.desktop.app;

import io.step3.desktop.model.Words;
import io.step3.desktop.view.Surface;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.VBox;
import javafx.stage.Stage;

/** What is shown where the data folder cannot be opened. */
record StartFailure(Words words, Surface surface) {

    /** One more thing that can be done. */
    record Way(String label, Runnable run) {}

    void show(Stage stage, String message, Runnable again, List<Way> ways, Consumer<Path> other) {
        javafx.application.Application.setUserAgentStylesheet(
                new atlantafx.base.theme.PrimerLight().getUserAgentStylesheet());
        Label title = new Label(words.text("start.failed"));
        title.getStyleClass().add("title-3");
        Label text = new Label(message);
        text.setWrapText(true);
        Button retry = new Button(words.text("start.again"));
        retry.setAccessibleText(retry.getText());
        retry.setOnAction(_ -> again.run());
        Button folder = new Button(words.text("start.folder"));
        folder.setAccessibleText(folder.getText());
        folder.setOnAction(_ -> surface.chooseFolder(words.text("start.folder")).ifPresent(other));
        FlowPane buttons = new FlowPane(10, 10, retry);
        for (Way way : ways) {
            Button button = new Button(way.label());
            button.setAccessibleText(button.getText());
            button.setOnAction(_ -> way.run().run());
            buttons.getChildren().add(button);
        }
        buttons.getChildren().add(folder);
        VBox box = new VBox(16, title, text, buttons);
        box.setStyle("-fx-padding: 28px;");
        box.setPrefWidth(600);
        stage.setScene(new Scene(box));
        stage.sizeToScene();
        stage.centerOnScreen();
        stage.show();
    }
}
