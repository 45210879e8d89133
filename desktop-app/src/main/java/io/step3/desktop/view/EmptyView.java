package io.step3.desktop.view;

import io.step3.chat.Ability;
import io.step3.desktop.model.DraftViewModel;
import io.step3.desktop.model.ModelState;
import io.step3.desktop.model.Words;
import java.io.ByteArrayInputStream;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ContentDisplay;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.image.Image;
import javafx.scene.image.ImageView;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.util.Subscription;

/** Before anything was said: what the model in use can be asked. */
final class EmptyView extends StackPane {

    private static final double THUMBNAIL = 120;

    private final DraftViewModel draft;
    private final ViewContext context;
    private final FlowPane examples = new FlowPane();
    private final Label hint = new Label();
    private final Subscription subscription;

    EmptyView(DraftViewModel draft, ViewContext context) {
        this.draft = draft;
        this.context = context;
        getStyleClass().add("empty");
        Node logo = Icon.MODEL.node();
        logo.getStyleClass().add("logo");
        Label title = new Label(context.words().text("empty.title"));
        title.getStyleClass().add("empty-title");
        hint.getStyleClass().add("muted");
        hint.setWrapText(true);
        hint.setMinHeight(USE_PREF_SIZE);
        hint.setAlignment(Pos.CENTER);
        hint.setTextAlignment(javafx.scene.text.TextAlignment.CENTER);
        examples.getStyleClass().add("examples");
        examples.setAlignment(Pos.CENTER);
        VBox column = new VBox(logo, title, hint, examples);
        column.getStyleClass().add("empty-column");
        column.setAlignment(Pos.CENTER);
        ScrollPane scroll = new ScrollPane(column);
        scroll.setFitToWidth(true);
        scroll.setFitToHeight(true);
        scroll.setFocusTraversable(false);
        scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
        scroll.getStyleClass().add("edge-to-edge");
        getChildren().add(scroll);
        subscription = context.desk().model().stateProperty().subscribe(this::show);
    }

    private void show(ModelState state) {
        Words words = context.words();
        examples.getChildren().clear();
        switch (state) {
            case ModelState.None _ -> {
                hint.setText(words.text("empty.noModel"));
                examples.getChildren()
                        .add(
                                Buttons.words(
                                        words.text("model.choose"),
                                        () -> ModelPicker.show(context),
                                        "accent"));
            }
            case ModelState.Failed(var _, String message) -> {
                hint.setText(message);
                examples.getChildren()
                        .add(
                                Buttons.words(
                                        words.text("model.choose"),
                                        () -> ModelPicker.show(context),
                                        "accent"));
            }
            case ModelState.Loading(var choice, int _, int _) ->
                    hint.setText(words.text("model.loading", choice.name()));
            case ModelState.Ready(var _, var model) -> {
                boolean sees = model.can(Ability.SEE);
                hint.setText(words.text(sees ? "empty.sees" : "empty.reads", model.name()));
                if (sees) {
                    example("example.circles", ExamplePicture.SHAPES);
                    example("example.tallest", ExamplePicture.CHART);
                    example("example.add", null);
                } else {
                    example("example.add", null);
                    example("example.larger", null);
                    example("example.sort", null);
                }
            }
        }
    }

    private void example(String key, ExamplePicture picture) {
        String question = context.words().text(key);
        Button button = new Button(question);
        button.setWrapText(true);
        button.setAccessibleText(context.words().text("example.use", question));
        button.getStyleClass().add("example");
        if (picture != null) {
            byte[] png = picture.png();
            button.setGraphic(
                    new ImageView(
                            new Image(
                                    new ByteArrayInputStream(png),
                                    THUMBNAIL,
                                    THUMBNAIL,
                                    true,
                                    true)));
            button.setContentDisplay(ContentDisplay.TOP);
            button.setOnAction(_ -> use(question, png, picture.fileName()));
        } else {
            button.setOnAction(_ -> use(question, null, null));
        }
        examples.getChildren().add(button);
    }

    private void use(String question, byte[] png, String name) {
        draft.replace(question, png, name);
        context.write();
    }

    /** Nobody shows it any longer. */
    void dispose() {
        subscription.unsubscribe();
    }
}
