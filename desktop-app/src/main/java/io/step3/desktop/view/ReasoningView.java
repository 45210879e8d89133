package io.step3.desktop.view;

import io.step3.desktop.model.AnswerProgress;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.model.ReasoningDisplay;
import io.step3.desktop.model.Words;
import io.step3.desktop.render.DocumentView;
import javafx.beans.value.ObservableValue;
import javafx.scene.control.ToggleButton;
import javafx.scene.layout.VBox;

/** What the model thinks, in a panel that folds; its heading tells for how long. */
final class ReasoningView extends VBox {

    private final MessageViewModel message;
    private final DocumentView document;
    private final ToggleButton heading = new ToggleButton();
    private final ObservableValue<ReasoningDisplay> display;
    private final Words words;
    private boolean touched;

    ReasoningView(
            MessageViewModel message,
            DocumentView document,
            ObservableValue<ReasoningDisplay> display,
            Words words) {
        this.message = message;
        this.document = document;
        this.display = display;
        this.words = words;
        getStyleClass().add("reasoning");
        heading.getStyleClass().addAll("flat", "reasoning-heading");
        heading.setOnAction(_ -> touched = true);
        heading.selectedProperty().subscribe(this::unfold);
        VBox inner = new VBox(document);
        inner.getStyleClass().add("reasoning-text");
        inner.managedProperty().bind(heading.selectedProperty());
        inner.visibleProperty().bind(heading.selectedProperty());
        getChildren().addAll(heading, inner);
        update();
    }

    private void unfold(boolean open) {
        heading.setGraphic((open ? Icon.UNFOLDED : Icon.FOLDED).node());
        requestLayout();
    }

    /** Opens the panel, as the reader would. */
    void open() {
        touched = true;
        heading.setSelected(true);
    }

    /** Shows how far it is, and opens or folds unless the reader has done so. */
    void update() {
        AnswerProgress progress = message.progressProperty().get();
        boolean thinking = progress.stage() == AnswerProgress.Stage.THINKING;
        boolean there = message.reasoning().length() > 0 || thinking;
        setManaged(there);
        setVisible(there);
        boolean past = progress.stage() == AnswerProgress.Stage.NONE;
        long millis = past ? message.usage().thinkingMillis() : progress.thinkingMillis();
        int tokens = past ? message.usage().reasoningTokens() : progress.thought();
        String time = Quantities.seconds(millis, words);
        String text =
                tokens == 0
                        ? words.text("thought.unknown")
                        : words.text(
                                thinking ? "thinking" : "thought",
                                time,
                                Quantities.whole(tokens, words));
        heading.setText(text);
        heading.setAccessibleText(text);
        if (!touched) {
            heading.setSelected(
                    switch (display.getValue()) {
                        case WHILE_STREAMING -> thinking;
                        case ALWAYS_OPEN -> true;
                        case ALWAYS_FOLDED -> false;
                    });
        }
    }

    /** The document inside. */
    DocumentView document() {
        return document;
    }
}
