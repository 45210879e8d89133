package io.step3.desktop.view;

import io.step3.desktop.model.Picture;
import io.step3.desktop.model.Words;
import io.step3.image.ImagePlan;
import io.step3.image.ImageTokens;
import java.util.Optional;
import javafx.geometry.Rectangle2D;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.image.Image;
import javafx.scene.image.ImageView;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;

/** What the model sees of a picture: the whole of it made small, and the crops, with their cost. */
final class SeenView extends VBox {

    private static final double WHOLE = 260;
    private static final double CROPS = 420;

    SeenView(Picture picture, Optional<ImageTokens> tokens, Words words) {
        getStyleClass().add("seen");
        ImagePlan plan = picture.plan();
        Image image = RgbPicture.of(picture.preview());
        Label size =
                new Label(
                        words.text("seen.size", picture.name(), picture.width(), picture.height()));
        size.setWrapText(true);
        getChildren().add(size);
        if (tokens.isEmpty()) {
            getChildren().add(note(words.text("blind")));
            return;
        }
        int cost = tokens.get().count(plan);
        getChildren().add(note(words.text("seen.cost", Quantities.whole(cost, words))));
        FlowPane views = new FlowPane();
        views.getStyleClass().add("seen-views");
        views.getChildren()
                .add(
                        part(
                                whole(image),
                                words.text(
                                        "seen.base",
                                        plan.base().width(),
                                        plan.base().height(),
                                        tokens.get().perBase())));
        if (plan.crops() > 0) {
            views.getChildren()
                    .add(
                            part(
                                    crops(image, plan),
                                    words.text(
                                            "seen.crops",
                                            plan.crops(),
                                            plan.columns(),
                                            plan.rows(),
                                            plan.window(),
                                            tokens.get().perCrop())));
        } else {
            getChildren().add(note(words.text("seen.uncut")));
        }
        getChildren().add(views);
        if (!plan.padded().equals(plan.size())) {
            getChildren().add(note(words.text("seen.padded")));
        }
    }

    private static Label note(String text) {
        Label label = new Label(text);
        label.setWrapText(true);
        label.getStyleClass().add("muted");
        return label;
    }

    private static Node part(Node picture, String text) {
        Label label = note(text);
        label.setMaxWidth(CROPS);
        VBox part = new VBox(picture, label);
        part.getStyleClass().add("seen-part");
        return part;
    }

    private static Node whole(Image image) {
        ImageView view = new ImageView(image);
        view.setPreserveRatio(true);
        view.setFitWidth(WHOLE);
        view.setFitHeight(WHOLE);
        return view;
    }

    /** The crops with gaps between them, where the plan cuts; beyond the canvas it is black. */
    private static Node crops(Image image, ImagePlan plan) {
        double side = Math.min(WHOLE, CROPS / plan.columns());
        side = Math.min(side, WHOLE * 1.6 / plan.rows());
        // The padding lies right and below, where the model sees black.
        double paddedWidth = image.getWidth() * plan.padded().width() / plan.size().width();
        double paddedHeight = image.getHeight() * plan.padded().height() / plan.size().height();
        double scaleX = paddedWidth / plan.canvas().width();
        double scaleY = paddedHeight / plan.canvas().height();
        VBox rows = new VBox();
        rows.getStyleClass().add("crops");
        for (int y : plan.ys()) {
            HBox row = new HBox();
            row.getStyleClass().add("crops");
            for (int x : plan.xs()) {
                ImageView view = new ImageView(image);
                double width = Math.min(plan.window() * scaleX, image.getWidth() - x * scaleX);
                double height = Math.min(plan.window() * scaleY, image.getHeight() - y * scaleY);
                StackPane crop = new StackPane();
                if (width > 0 && height > 0) {
                    view.setViewport(new Rectangle2D(x * scaleX, y * scaleY, width, height));
                    view.setFitWidth(side * width / (plan.window() * scaleX));
                    view.setFitHeight(side * height / (plan.window() * scaleY));
                    crop.getChildren().add(view);
                }
                crop.setAlignment(javafx.geometry.Pos.TOP_LEFT);
                crop.setMinSize(side, side);
                crop.setMaxSize(side, side);
                crop.getStyleClass().add("crop");
                row.getChildren().add(crop);
            }
            rows.getChildren().add(row);
        }
        return rows;
    }
}
