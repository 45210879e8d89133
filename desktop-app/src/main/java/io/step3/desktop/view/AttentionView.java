package io.step3.desktop.view;

import io.step3.desktop.model.AttentionSnapshot;
import io.step3.desktop.model.InsideViewModel;
import io.step3.desktop.model.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javafx.application.Platform;
import javafx.geometry.Insets;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.control.Slider;
import javafx.scene.layout.Background;
import javafx.scene.layout.BackgroundFill;
import javafx.scene.layout.CornerRadii;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.VBox;
import javafx.scene.paint.Color;

/** Where attention looked before a token was written: the newest one, or one that is chosen. */
final class AttentionView extends VBox {

    private static final int LONGEST = 24;

    private final ViewContext context;
    private final InsideViewModel inside;
    private final Words words;
    private final ComboBox<Integer> layer = new ComboBox<>();
    private final Slider chooser = new Slider();
    private final Label about = new Label();
    private final FlowPane chips = new FlowPane();
    private final VBox pictures = new VBox();
    private final VBox seen = new VBox();
    private final List<AttentionPicture> maps = new ArrayList<>();
    private final List<Label> shares = new ArrayList<>();
    private List<?> shownImages = List.of();
    private AttentionSnapshot shown = AttentionSnapshot.EMPTY;
    private boolean following = true;
    private boolean adjusting;

    AttentionView(ViewContext context) {
        this.context = context;
        this.inside = context.desk().inside();
        this.words = context.words();
        getStyleClass().add("attention");
        Label heading = new Label(words.text("inside.attention"));
        heading.getStyleClass().add("inside-heading");
        about.setWrapText(true);
        about.getStyleClass().add("attention-about");
        Label layerName = new Label(words.text("inside.layer"));
        layerName.setLabelFor(layer);
        layerName.setMinWidth(USE_PREF_SIZE);
        layer.setAccessibleText(words.text("inside.layer"));
        layer.setOnAction(
                _ -> {
                    if (layer.getValue() != null) {
                        inside.watchLayer(layer.getValue());
                    }
                });
        HBox layerRow = new HBox(layerName, layer);
        layerRow.getStyleClass().add("attention-layer");
        chooser.setBlockIncrement(1);
        chooser.setAccessibleText(words.text("inside.token.choose"));
        chooser.valueProperty()
                .addListener(
                        (_, _, value) -> {
                            if (!adjusting) {
                                following = Math.round(value.doubleValue()) >= shown.newest();
                                show();
                            }
                        });
        chips.getStyleClass().add("attention-chips");
        pictures.getStyleClass().add("attention-pictures");
        seen.getStyleClass().add("attention-seen");
        seen.getChildren()
                .setAll(
                        chooser,
                        muted("inside.token.note"),
                        pictures,
                        muted("inside.words"),
                        chips);
        getChildren().addAll(heading, layerRow, muted("inside.layer.note"), about, seen);
        show();
    }

    private Label muted(String key) {
        Label label = new Label(words.text(key));
        label.getStyleClass().add("muted");
        label.setWrapText(true);
        return label;
    }

    /** Offers the layers of the model that answers; at first the last is watched. */
    void offer(int layers) {
        if (layer.getItems().size() != layers) {
            layer.getItems().setAll(IntStream.range(0, layers).boxed().toList());
            layer.setValue(layers == 0 ? null : layers - 1);
        }
        layer.setDisable(layers == 0);
    }

    /** Shows what was seen by now. */
    void show() {
        AttentionSnapshot next =
                inside.attention(following ? -1 : (int) Math.round(chooser.getValue()));
        if (next.newest() < shown.newest() && !following) {
            // Another answer.
            following = true;
            next = inside.attention(-1);
        }
        adjusting = true;
        chooser.setMin(next.first());
        chooser.setMax(Math.max(next.newest(), next.first() + 1));
        if (next.any()) {
            chooser.setValue(next.number());
        }
        chooser.setDisable(next.newest() <= next.first());
        adjusting = false;
        boolean same = next.weights() == shown.weights() && next.newest() == shown.newest();
        shown = next;
        seen.setVisible(next.any());
        seen.setManaged(next.any());
        if (!next.any()) {
            about.setText(words.text("inside.attention.waiting"));
        } else if (!same) {
            about.setText(
                    words.text(
                            "inside.token",
                            Quantities.whole(next.number() + 1L, words),
                            Quantities.whole(next.newest() + 1L, words),
                            visible(next.token()),
                            next.layer()));
            showWords(next);
            showPictures(next);
        }
    }

    private void showWords(AttentionSnapshot next) {
        float most = next.words().isEmpty() ? 1 : next.words().getFirst().share();
        chips.getChildren().setAll(next.words().stream().map(word -> chip(word, most)).toList());
        chips.setAccessibleText(
                next.words().stream().map(this::spoken).collect(Collectors.joining(", ")));
    }

    private Label chip(AttentionSnapshot.Word word, float most) {
        Label chip = new Label(spoken(word));
        chip.getStyleClass().add("attention-chip");
        double strength = 0.08 + 0.42 * word.share() / Math.max(most, Float.MIN_NORMAL);
        chip.setBackground(
                new Background(
                        new BackgroundFill(
                                Color.rgb(240, 136, 18, strength),
                                new CornerRadii(4),
                                Insets.EMPTY)));
        return chip;
    }

    private String spoken(AttentionSnapshot.Word word) {
        return visible(word.text()) + "  " + Quantities.percent(word.share(), words);
    }

    /** A token as it can be shown in a line. */
    static String visible(String token) {
        String line = token.replace("\n", "⏎").replace("\t", "⇥").strip();
        String some = line.isEmpty() ? "␣" : line;
        return some.codePointCount(0, some.length()) <= LONGEST
                ? some
                : some.substring(0, some.offsetByCodePoints(0, LONGEST)) + "…";
    }

    private void showPictures(AttentionSnapshot next) {
        var images = next.pictures().stream().map(AttentionSnapshot.Seen::image).toList();
        if (!images.equals(shownImages)) {
            shownImages = images;
            maps.clear();
            shares.clear();
            pictures.getChildren().clear();
            next.pictures().forEach(this::add);
        }
        for (int i = 0; i < maps.size(); i++) {
            AttentionSnapshot.Seen picture = next.pictures().get(i);
            String text =
                    words.text(
                            "inside.picture",
                            picture.image().name(),
                            Quantities.percent(picture.share(), words));
            shares.get(i).setText(text);
            maps.get(i).setAccessibleText(text);
            maps.get(i).show(picture);
        }
    }

    private void add(AttentionSnapshot.Seen picture) {
        var map = new AttentionPicture(picture);
        Label share = new Label();
        share.setWrapText(true);
        share.getStyleClass().add("muted");
        maps.add(map);
        shares.add(share);
        pictures.getChildren().addAll(map, share);
        context.desk()
                .pictures()
                .large(picture.image())
                .thenAccept(
                        loaded ->
                                Platform.runLater(
                                        () -> map.setImage(RgbPicture.of(loaded.preview()))));
    }
}
