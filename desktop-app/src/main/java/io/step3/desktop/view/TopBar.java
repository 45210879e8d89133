package io.step3.desktop.view;

import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.ModelState;
import io.step3.desktop.model.Words;
import javafx.application.Platform;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ProgressBar;
import javafx.scene.control.ToggleButton;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.util.Subscription;

/** The conversation's title, the model, and what can be opened beside. */
final class TopBar extends HBox {

    private final Words words;
    private final Label title = new Label();
    private final Button model = new Button();
    private final ProgressBar loading = new ProgressBar();
    private final Button cancel;
    private final Subscription subscription;

    TopBar(ViewContext context, ToggleButton sidebar, ToggleButton controls, ToggleButton inside) {
        this.words = context.words();
        getStyleClass().add("top-bar");
        setAlignment(Pos.CENTER_LEFT);
        title.getStyleClass().add("conversation-title");
        title.setMinWidth(0);
        model.getStyleClass().addAll("flat", "model-button");
        model.setGraphic(Icon.MODEL.node());
        model.setOnAction(_ -> ModelPicker.show(context));
        // The title gives way first.
        model.setMinWidth(USE_PREF_SIZE);
        loading.setFocusTraversable(false);
        loading.getStyleClass().add("loading");
        loading.setAccessibleText(words.text("model.progress"));
        cancel =
                Buttons.icon(
                        Icon.CLOSE,
                        words.text("model.cancel"),
                        () -> context.desk().model().cancelLoading());
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        getChildren().addAll(sidebar, title, space, loading, cancel, model, controls, inside);
        subscription = context.desk().model().stateProperty().subscribe(this::show);
    }

    /** Nobody shows it any longer. */
    void dispose() {
        subscription.unsubscribe();
        title.textProperty().unbind();
    }

    /** Shows the title of a conversation. */
    void show(ConversationViewModel conversation) {
        title.textProperty()
                .bind(
                        conversation
                                .titleProperty()
                                .map(t -> t.isEmpty() ? words.text("conversation.new") : t));
    }

    /** How full the bar is; while that is unknown it runs to and fro, unless motion disturbs. */
    static double progress(int done, int total, boolean reducedMotion) {
        if (total == 0) {
            return reducedMotion ? 0 : ProgressBar.INDETERMINATE_PROGRESS;
        }
        return (double) done / total;
    }

    private void show(ModelState state) {
        boolean isLoading = state instanceof ModelState.Loading;
        loading.setVisible(isLoading);
        loading.setManaged(isLoading);
        cancel.setVisible(isLoading);
        cancel.setManaged(isLoading);
        String text =
                switch (state) {
                    case ModelState.None _ -> words.text("model.choose");
                    case ModelState.Loading(var choice, int done, int total) -> {
                        loading.setProgress(
                                progress(done, total, Platform.getPreferences().isReducedMotion()));
                        yield choice.name();
                    }
                    case ModelState.Ready(var choice, var _) -> choice.name();
                    case ModelState.Failed(var choice, var _) ->
                            words.text("model.failed", choice.name());
                };
        model.setText(text);
        model.setAccessibleText(words.text("model.button", text));
        model.setTooltip(new javafx.scene.control.Tooltip(words.text("model.button", text)));
    }
}
