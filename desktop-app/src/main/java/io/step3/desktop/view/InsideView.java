package io.step3.desktop.view;

import io.step3.desktop.model.InsideSnapshot;
import io.step3.desktop.model.InsideViewModel;
import io.step3.desktop.model.StageTimes;
import io.step3.desktop.model.Words;
import javafx.animation.KeyFrame;
import javafx.animation.Timeline;
import javafx.geometry.HPos;
import javafx.scene.AccessibleRole;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.ColumnConstraints;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import javafx.util.Duration;
import javafx.util.Subscription;

/** The panel that looks into the network while it writes. */
final class InsideView extends ScrollPane {

    private final InsideViewModel inside;
    private final Words words;
    private final HeatMap map = new HeatMap();
    private final Label about = note();
    private final Label confidence = value();
    private final Label balance = value();
    private final Label memory = value();
    private final Label vision = value();
    private final Label reading = value();
    private final Label attending = value();
    private final Label feeding = value();
    private final Label output = value();
    private final Label sampling = value();
    private final Label layerList = note();
    private final AttentionView attention;
    private final Timeline clock = new Timeline(new KeyFrame(Duration.millis(100), _ -> show()));

    private final Subscription subscription;

    InsideView(ViewContext context) {
        this.inside = context.desk().inside();
        this.words = context.words();
        this.attention = new AttentionView(context);
        getStyleClass().addAll("inside", "edge-to-edge");
        setFitToWidth(true);
        setHbarPolicy(ScrollBarPolicy.NEVER);
        setAccessibleText(words.text("inside"));
        Label title = new Label(words.text("inside"));
        title.getStyleClass().add("card-title");
        Label experts = new Label(words.text("inside.experts"));
        experts.getStyleClass().add("inside-heading");
        Label mapNote = note();
        mapNote.setText(words.text("inside.experts.note"));
        map.setAccessibleRole(AccessibleRole.IMAGE_VIEW);
        GridPane numbers = new GridPane();
        numbers.getStyleClass().add("inside-numbers");
        ColumnConstraints wide = new ColumnConstraints();
        wide.setHgrow(Priority.ALWAYS);
        ColumnConstraints right = new ColumnConstraints();
        right.setHalignment(HPos.RIGHT);
        numbers.getColumnConstraints().setAll(wide, right);
        row(numbers, 0, "inside.confidence", confidence);
        row(numbers, 1, "inside.balance", balance);
        row(numbers, 2, "inside.memory", memory);
        GridPane times = new GridPane();
        times.getStyleClass().add("inside-numbers");
        times.getColumnConstraints().setAll(wide, right);
        row(times, 0, "inside.vision", vision);
        row(times, 1, "inside.reading", reading);
        row(times, 2, "inside.attending", attending);
        row(times, 3, "inside.feeding", feeding);
        row(times, 4, "inside.output", output);
        row(times, 5, "inside.sampling", sampling);
        Label timesHeading = new Label(words.text("inside.times"));
        timesHeading.getStyleClass().add("inside-heading");
        VBox column =
                new VBox(
                        title,
                        about,
                        experts,
                        map,
                        mapNote,
                        layerList,
                        numbers,
                        attention,
                        timesHeading,
                        times);
        column.getStyleClass().add("inside-column");
        setContent(column);
        clock.setCycleCount(Timeline.INDEFINITE);
        subscription = inside.openProperty().subscribe(this::open);
    }

    private void open(boolean now) {
        setVisible(now);
        setManaged(now);
        if (now) {
            show();
            clock.play();
        } else {
            clock.stop();
        }
    }

    private static Label note() {
        Label label = new Label();
        label.getStyleClass().add("muted");
        label.setWrapText(true);
        return label;
    }

    private static Label value() {
        Label label = new Label();
        label.getStyleClass().add("inside-value");
        label.setMinWidth(USE_PREF_SIZE);
        return label;
    }

    private void row(GridPane grid, int row, String key, Label value) {
        Label label = new Label(words.text(key));
        label.setWrapText(true);
        label.setMinHeight(USE_PREF_SIZE);
        label.setLabelFor(value);
        grid.addRow(row, label, value);
    }

    /** Shows what was seen by now. */
    void show() {
        InsideSnapshot seen = inside.snapshot();
        boolean any = seen.context() > 0;
        int moe = seen.shape().moeLayers().size();
        about.setText(
                any
                        ? words.text(
                                "inside.about",
                                seen.shape().layers(),
                                moe,
                                seen.shape().experts(),
                                seen.shape().topK())
                        : words.text("inside.waiting"));
        map.show(seen);
        String spoken = words.text("inside.map", moe, seen.shape().experts());
        map.setAccessibleText(spoken);
        layerList.setText(
                moe == 0
                        ? ""
                        : words.text(
                                "inside.rows",
                                seen.shape().moeLayers().getFirst(),
                                seen.shape().moeLayers().getLast()));
        confidence.setText(any ? Quantities.percent(seen.confidence(), words) : "–");
        balance.setText(any ? Quantities.percent(seen.balance(), words) : "–");
        memory.setText(
                any ? words.text("inside.cache", Quantities.bytes(seen.cacheBytes(), words)) : "–");
        attention.offer(seen.shape().layers());
        attention.show();
        StageTimes times = seen.times();
        vision.setText(once(times.visionNanos()));
        reading.setText(once(times.readNanos()));
        attending.setText(each(times.attentionNanos(), times.written()));
        feeding.setText(each(times.expertsNanos(), times.written()));
        output.setText(each(times.outputNanos(), times.written()));
        sampling.setText(each(times.samplingNanos(), times.sampled()));
    }

    private String once(long nanos) {
        return nanos == 0
                ? "–"
                : words.text("inside.once", Quantities.decimal(nanos * 1e-6, 1, words));
    }

    private String each(long nanos, long tokens) {
        return tokens == 0
                ? "–"
                : words.text("inside.each", Quantities.decimal(nanos * 1e-6 / tokens, 2, words));
    }

    /** Nobody shows it any longer. */
    void dispose() {
        subscription.unsubscribe();
        clock.stop();
    }
}
