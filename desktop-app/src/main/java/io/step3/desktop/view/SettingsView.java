package io.step3.desktop.view;

import io.step3.desktop.model.Appearance;
import io.step3.desktop.model.Language;
import io.step3.desktop.model.ReasoningDisplay;
import io.step3.desktop.model.SettingsViewModel;
import io.step3.desktop.model.Words;
import java.util.Locale;
import java.util.function.Function;
import javafx.beans.property.ObjectProperty;
import javafx.scene.Node;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.control.Slider;
import javafx.scene.control.TextField;
import javafx.scene.layout.ColumnConstraints;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.Priority;
import javafx.util.StringConverter;

/** The card with what the person can set for the whole program. */
final class SettingsView {

    private SettingsView() {}

    static void show(ViewContext context) {
        Words words = context.words();
        SettingsViewModel settings = context.desk().settings();
        GridPane grid = new GridPane();
        grid.getStyleClass().add("form");
        ColumnConstraints wide = new ColumnConstraints();
        wide.setHgrow(Priority.ALWAYS);
        grid.getColumnConstraints().setAll(new ColumnConstraints(), wide);
        add(
                grid,
                0,
                words.text("settings.appearance"),
                choice(
                        settings.appearanceProperty(),
                        Appearance.values(),
                        a -> words.text("appearance." + a.name().toLowerCase(Locale.ROOT))));
        add(
                grid,
                1,
                words.text("settings.language"),
                choice(settings.languageProperty(), Language.values(), Language::ownName));
        add(
                grid,
                2,
                words.text("settings.reasoning"),
                choice(
                        settings.reasoningProperty(),
                        ReasoningDisplay.values(),
                        r -> words.text("reasoning." + r.name().toLowerCase(Locale.ROOT))));
        Slider size =
                new Slider(
                        SettingsViewModel.SMALLEST_TEXT,
                        SettingsViewModel.LARGEST_TEXT,
                        settings.textSizeProperty().get());
        size.setMajorTickUnit(1);
        size.setMinorTickCount(0);
        size.setSnapToTicks(true);
        size.setBlockIncrement(1);
        // Only when let go: the slider would move away under the pointer.
        size.valueChangingProperty()
                .subscribe(
                        changing -> {
                            if (!changing) {
                                settings.textSizeProperty().set((int) Math.round(size.getValue()));
                            }
                        });
        size.valueProperty()
                .subscribe(
                        value -> {
                            if (!size.isValueChanging()) {
                                settings.textSizeProperty()
                                        .set((int) Math.round(value.doubleValue()));
                            }
                        });
        add(grid, 3, words.text("settings.textSize"), size);
        TextField folder = new TextField(settings.dataFolder().toString());
        folder.setEditable(false);
        add(grid, 4, words.text("settings.dataFolder"), folder);
        TextField log = new TextField(settings.logFile().toString());
        log.setEditable(false);
        add(grid, 5, words.text("settings.log"), log);
        context.overlay()
                .show(
                        words.text("settings"),
                        grid,
                        620,
                        Buttons.words(words.text("done"), context.overlay()::close, "accent"));
    }

    private static <T> ComboBox<T> choice(
            ObjectProperty<T> property, T[] values, Function<T, String> name) {
        ComboBox<T> box = new ComboBox<>();
        box.getItems().setAll(values);
        box.setConverter(
                new StringConverter<>() {
                    @Override
                    public String toString(T value) {
                        return value == null ? "" : name.apply(value);
                    }

                    @Override
                    public T fromString(String text) {
                        return null;
                    }
                });
        box.setValue(property.get());
        box.setOnAction(_ -> property.set(box.getValue()));
        box.setMaxWidth(Double.MAX_VALUE);
        return box;
    }

    private static void add(GridPane grid, int row, String text, Node node) {
        Label label = new Label(text);
        label.setLabelFor(node);
        label.setMinWidth(Label.USE_PREF_SIZE);
        node.setAccessibleText(text);
        grid.addRow(row, label, node);
    }
}
