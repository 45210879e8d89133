package io.step3.desktop.view;

import io.step3.chat.SamplingOptions;
import io.step3.desktop.model.ControlsViewModel;
import io.step3.desktop.model.SamplingJson;
import io.step3.desktop.model.Words;
import io.step3.desktop.store.Preset;
import java.util.function.BiFunction;
import java.util.function.Function;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.control.TextArea;
import javafx.scene.control.TextField;
import javafx.scene.control.TextInputControl;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import javafx.util.StringConverter;

/** The card with the conversation's system prompt, sampling parameters and presets. */
final class ControlsView extends VBox {

    private final ViewContext context;
    private final Words words;
    private final ControlsViewModel controls;
    private final GridPane numbers = new GridPane();
    private final TextArea stop = new TextArea();
    private final Label problem = new Label();

    private ControlsView(ViewContext context) {
        this.context = context;
        this.words = context.words();
        this.controls = context.desk().conversation().controls();
        getStyleClass().add("form");
        TextArea prompt = new TextArea();
        prompt.setWrapText(true);
        prompt.setPrefRowCount(4);
        prompt.setAccessibleText(words.text("controls.systemPrompt"));
        prompt.setPromptText(words.text("controls.systemPrompt.hint"));
        prompt.textProperty().bindBidirectional(controls.systemPromptProperty());
        Label promptLabel = new Label(words.text("controls.systemPrompt"));
        promptLabel.setLabelFor(prompt);
        numbers.getStyleClass().add("numbers");
        problem.getStyleClass().add("error-text");
        problem.setWrapText(true);
        problem.setManaged(false);
        Label note = new Label(words.text("controls.note"));
        note.getStyleClass().add("muted");
        note.setWrapText(true);
        stop.setPrefRowCount(2);
        stop.setAccessibleText(words.text("controls.stop"));
        stop.setPromptText(words.text("controls.stop.hint"));
        Label stopLabel = new Label(words.text("controls.stop"));
        stopLabel.setLabelFor(stop);
        getChildren()
                .addAll(presets(), promptLabel, prompt, note, numbers, stopLabel, stop, problem);
        fill();
        stop.textProperty()
                .subscribe(
                        (_, text) ->
                                set(
                                        stop,
                                        words.text("controls.stop"),
                                        o ->
                                                with(o).stop(
                                                                text.lines()
                                                                        .filter(l -> !l.isEmpty())
                                                                        .toList())));
    }

    static void show(ViewContext context) {
        Words words = context.words();
        context.overlay()
                .show(
                        words.text("controls"),
                        new ControlsView(context),
                        620,
                        Buttons.words(words.text("done"), context.overlay()::close, "accent"));
    }

    private HBox presets() {
        ComboBox<Preset> choice = new ComboBox<>(context.desk().presets().list());
        choice.setPromptText(words.text("preset.choose"));
        choice.setAccessibleText(words.text("preset.choose"));
        choice.setMaxWidth(Double.MAX_VALUE);
        HBox.setHgrow(choice, Priority.ALWAYS);
        choice.setConverter(
                new StringConverter<>() {
                    @Override
                    public String toString(Preset preset) {
                        return preset == null ? "" : preset.name();
                    }

                    @Override
                    public Preset fromString(String name) {
                        return null;
                    }
                });
        choice.setOnAction(
                _ -> {
                    if (choice.getValue() != null) {
                        controls.use(choice.getValue());
                        fill();
                    }
                });
        FlowPane buttons =
                new FlowPane(
                        Buttons.words(words.text("preset.save"), () -> save(choice.getValue())),
                        Buttons.icon(
                                Icon.TRASH,
                                words.text("preset.delete"),
                                () -> {
                                    if (choice.getValue() != null) {
                                        context.desk().presets().delete(choice.getValue());
                                        choice.setValue(null);
                                    }
                                }),
                        Buttons.words(
                                words.text("preset.export"),
                                () ->
                                        context.surface()
                                                .chooseTarget(
                                                        words.text("preset.export"),
                                                        "presets.json",
                                                        "json")
                                                .ifPresent(context.desk().presets()::exportTo),
                                "flat"),
                        Buttons.words(
                                words.text("preset.import"),
                                () ->
                                        context.surface()
                                                .chooseFile(words.text("preset.import"), "json")
                                                .ifPresent(context.desk().presets()::importFrom),
                                "flat"));
        buttons.getStyleClass().add("preset-buttons");
        buttons.setPrefWrapLength(300);
        HBox row = new HBox(choice, buttons);
        row.getStyleClass().add("presets");
        return row;
    }

    private void save(Preset chosen) {
        String prompt = controls.systemPromptProperty().get();
        String sampling = SamplingJson.write(controls.samplingProperty().get());
        Question.ask(
                context.overlay(),
                words,
                words.text("preset.name"),
                chosen == null ? "" : chosen.name(),
                words.text("preset.save"),
                name -> {
                    context.desk().presets().save(name, prompt, sampling);
                    show(context);
                });
    }

    private void fill() {
        stop.setText(String.join("\n", controls.samplingProperty().get().stop()));
        numbers.getChildren().clear();
        number(
                0,
                "temperature",
                SamplingOptions::temperature,
                (o, t) -> with(o).temperature(real(t)));
        number(1, "topP", SamplingOptions::topP, (o, t) -> with(o).topP(real(t)));
        number(2, "topK", SamplingOptions::topK, (o, t) -> with(o).topK(whole(t)));
        number(3, "minP", SamplingOptions::minP, (o, t) -> with(o).minP(real(t)));
        number(
                4,
                "repetition",
                SamplingOptions::repetitionPenalty,
                (o, t) -> with(o).repetitionPenalty(real(t)));
        number(
                5,
                "thinkBudget",
                SamplingOptions::thinkBudget,
                (o, t) -> with(o).thinkBudget(whole(t)));
        number(6, "maxTokens", SamplingOptions::maxTokens, (o, t) -> with(o).maxTokens(whole(t)));
        number(
                7,
                "seed",
                SamplingOptions::seed,
                (o, t) -> with(o).seed(t.isEmpty() ? null : Long.valueOf(t)));
    }

    private void number(
            int place,
            String key,
            Function<SamplingOptions, Number> get,
            BiFunction<SamplingOptions, String, SamplingOptions.Builder> set) {
        String name = words.text("controls." + key);
        Number value = get.apply(controls.samplingProperty().get());
        TextField field = new TextField(value == null ? "" : value.toString());
        field.setPromptText(words.text("controls.auto"));
        field.setAccessibleText(name);
        field.setPrefColumnCount(7);
        Label label = new Label(name);
        label.setLabelFor(field);
        label.setWrapText(true);
        label.setMaxWidth(Double.MAX_VALUE);
        GridPane.setHgrow(label, Priority.ALWAYS);
        field.textProperty()
                .subscribe(text -> set(field, name, options -> set.apply(options, text.strip())));
        numbers.add(label, place % 2 * 2, place / 2);
        numbers.add(field, place % 2 * 2 + 1, place / 2);
    }

    private void set(
            TextInputControl field,
            String name,
            Function<SamplingOptions, SamplingOptions.Builder> change) {
        try {
            var options = controls.samplingProperty();
            options.set(change.apply(options.get()).build());
            tell(field, "");
        } catch (NumberFormatException e) {
            tell(field, words.text("controls.notNumber", name));
        } catch (IllegalArgumentException e) {
            tell(field, words.text("controls.invalid", name, e.getMessage()));
        }
    }

    private void tell(TextInputControl field, String text) {
        field.pseudoClassStateChanged(
                javafx.css.PseudoClass.getPseudoClass("danger"), !text.isEmpty());
        problem.setText(text);
        problem.setManaged(!text.isEmpty());
    }

    private static Double real(String text) {
        return text.isEmpty() ? null : Double.valueOf(text.replace(',', '.'));
    }

    private static Integer whole(String text) {
        return text.isEmpty() ? null : Integer.valueOf(text);
    }

    private static SamplingOptions.Builder with(SamplingOptions o) {
        return SamplingOptions.builder()
                .temperature(o.temperature())
                .topK(o.topK())
                .topP(o.topP())
                .minP(o.minP())
                .repetitionPenalty(o.repetitionPenalty())
                .presencePenalty(o.presencePenalty())
                .frequencyPenalty(o.frequencyPenalty())
                .seed(o.seed())
                .maxTokens(o.maxTokens())
                .stop(o.stop())
                .thinkBudget(o.thinkBudget());
    }
}
