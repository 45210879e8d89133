package io.step3.desktop.view;

import io.step3.desktop.model.ModelChoice;
import io.step3.desktop.model.ModelNeeds;
import io.step3.desktop.model.ModelState;
import io.step3.desktop.model.Words;
import javafx.application.Platform;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;

/** The card where a model is chosen: what there is, what each takes, and whether it fits. */
final class ModelPicker extends VBox {

    private final ViewContext context;
    private final Words words;

    private ModelPicker(ViewContext context) {
        this.context = context;
        this.words = context.words();
        getStyleClass().add("model-picker");
        fill();
    }

    static void show(ViewContext context) {
        Words words = context.words();
        var picker = new ModelPicker(context);
        context.overlay()
                .show(
                        words.text("model.choose"),
                        picker,
                        640,
                        Buttons.words(words.text("model.folder"), picker::chooseFolder));
    }

    private void fill() {
        getChildren().clear();
        var offered = context.desk().model().offered();
        if (offered.isEmpty()) {
            Label none = new Label(words.text("model.none"));
            none.setWrapText(true);
            getChildren().add(none);
        }
        offered.forEach(choice -> getChildren().add(row(choice)));
    }

    private void chooseFolder() {
        context.surface()
                .chooseFolder(words.text("model.folder"))
                .ifPresent(
                        path -> {
                            ModelChoice choice = new ModelChoice.Folder(path);
                            if (!context.desk().model().offered().contains(choice)) {
                                getChildren().addFirst(row(choice));
                            }
                        });
    }

    private HBox row(ModelChoice choice) {
        Label name = new Label(choice.name());
        name.getStyleClass().add("model-name");
        Label place =
                new Label(
                        choice instanceof ModelChoice.Folder(var path)
                                ? path.toString()
                                : words.text("model.builtIn"));
        place.getStyleClass().add("muted");
        place.setWrapText(true);
        Label needs = new Label(words.text("model.looking"));
        needs.setWrapText(true);
        VBox about = new VBox(name, place, needs);
        about.getStyleClass().add("model-about");
        HBox.setHgrow(about, Priority.ALWAYS);
        Button load =
                Buttons.words(
                        words.text("model.load"),
                        () -> {
                            context.overlay().close();
                            context.desk().model().load(choice);
                        });
        load.setAccessibleText(words.text("model.loadNamed", choice.name()));
        load.setMinWidth(USE_PREF_SIZE);
        boolean inUse =
                context.desk().model().stateProperty().get()
                                instanceof ModelState.Ready(ModelChoice used, var _)
                        && used.equals(choice);
        HBox row = new HBox(about, load);
        if (inUse) {
            load.setText(words.text("model.inUse"));
            load.setDisable(true);
        } else if (choice instanceof ModelChoice.Folder) {
            row.getChildren()
                    .add(
                            Buttons.icon(
                                    Icon.CLOSE,
                                    words.text("model.forget", choice.name()),
                                    () -> {
                                        context.desk().model().forget(choice);
                                        getChildren().remove(row);
                                    }));
        }
        row.setAlignment(Pos.CENTER_LEFT);
        row.getStyleClass().add("model-row");
        context.desk()
                .model()
                .needs(choice)
                .whenComplete(
                        (found, failure) ->
                                Platform.runLater(
                                        () -> {
                                            if (failure == null) {
                                                needs.setText(sentence(found));
                                            } else {
                                                needs.setText(
                                                        context.desk().model().sentence(failure));
                                                needs.getStyleClass().add("error-text");
                                                load.setDisable(true);
                                            }
                                        }));
        return row;
    }

    private String sentence(ModelNeeds needs) {
        String weights = Quantities.bytes(needs.weights(), words);
        String cache = Quantities.bytes(needs.cache(), words);
        String memory = Quantities.bytes(needs.memory(), words);
        String sees = words.text(needs.sees() ? "needs.sees" : "needs.blind");
        String fit =
                switch (needs.fit()) {
                    case WELL -> words.text("needs.fits", memory);
                    case SHORT_CONTEXT -> words.text("needs.shortContext", memory);
                    case FROM_DISK -> words.text("needs.fromDisk", memory);
                    case UNKNOWN -> words.text("needs.unknown");
                };
        return words.text("needs", weights, cache, Quantities.whole(needs.context(), words), sees)
                + " "
                + fit;
    }
}
