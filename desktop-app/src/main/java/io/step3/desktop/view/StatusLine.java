package io.step3.desktop.view;

import io.step3.desktop.model.AnswerProgress;
import io.step3.desktop.model.AnsweringViewModel;
import io.step3.desktop.model.ContextViewModel;
import io.step3.desktop.model.Words;
import javafx.geometry.Pos;
import javafx.scene.AccessibleRole;
import javafx.scene.control.Label;
import javafx.scene.control.ProgressBar;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.util.Subscription;

/** Speed, time to the first token, and how full the context is. */
final class StatusLine extends HBox {

    private final ViewContext context;
    private final Words words;
    private final Label speed = new Label();
    private final Label used = new Label();
    private final ProgressBar gauge = new ProgressBar(0);
    private final Subscription subscription;
    private AnswerProgress progress = AnswerProgress.NONE;

    StatusLine(AnsweringViewModel answering, ViewContext context) {
        this.context = context;
        this.words = context.words();
        getStyleClass().add("status-line");
        setAlignment(Pos.CENTER_LEFT);
        gauge.getStyleClass().add("context-gauge");
        gauge.setFocusTraversable(false);
        gauge.setAccessibleRole(AccessibleRole.PROGRESS_INDICATOR);
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        getChildren().addAll(speed, space, used, gauge);
        subscription =
                answering
                        .progressProperty()
                        .subscribe(
                                next -> {
                                    progress = next;
                                    update();
                                })
                        .and(context.desk().model().stateProperty().subscribe(_ -> update()));
    }

    private void update() {
        speed.setText(
                progress.firstTokenMillis() == 0
                        ? ""
                        : words.text(
                                "status.speed",
                                Quantities.decimal(progress.tokensPerSecond(), 1, words),
                                Quantities.seconds(progress.firstTokenMillis(), words)));
        int most = context.desk().model().ready().map(m -> m.contextLength().orElse(0)).orElse(0);
        boolean known = most > 0;
        gauge.setVisible(known);
        used.setVisible(known);
        if (known) {
            double share = Math.min(1, (double) progress.context() / most);
            gauge.setProgress(share);
            String text =
                    words.text(
                            "status.context",
                            Quantities.whole(progress.context(), words),
                            Quantities.whole(most, words));
            used.setText(text);
            gauge.setAccessibleText(text);
            gauge.pseudoClassStateChanged(
                    javafx.css.PseudoClass.getPseudoClass("nearly-full"),
                    share > ContextViewModel.NEARLY_FULL);
        }
    }

    /** Nobody shows it any longer. */
    void dispose() {
        subscription.unsubscribe();
    }
}
