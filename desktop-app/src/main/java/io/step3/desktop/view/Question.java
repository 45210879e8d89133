package io.step3.desktop.view;

import atlantafx.base.theme.Styles;
import io.step3.desktop.model.Words;
import java.util.function.Consumer;
import javafx.scene.control.Button;
import javafx.scene.control.TextField;
import javafx.scene.layout.VBox;

/** A card that asks for one line. */
final class Question {

    private Question() {}

    static void ask(
            Overlay overlay,
            Words words,
            String title,
            String value,
            String confirm,
            Consumer<String> answered) {
        TextField field = new TextField(value);
        field.setAccessibleText(title);
        Runnable done =
                () -> {
                    overlay.close();
                    answered.accept(field.getText());
                };
        field.setOnAction(_ -> done.run());
        Button cancel = Buttons.words(words.text("cancel"), overlay::close);
        Button ok = Buttons.words(confirm, done, Styles.ACCENT);
        ok.disableProperty().bind(field.textProperty().map(String::isBlank));
        overlay.show(title, new VBox(field), 420, cancel, ok);
        field.selectAll();
    }
}
