package io.step3.desktop.view;

import java.util.function.Consumer;
import javafx.animation.PauseTransition;
import javafx.geometry.Pos;
import javafx.geometry.Rectangle2D;
import javafx.scene.Cursor;
import javafx.scene.Scene;
import javafx.scene.control.Label;
import javafx.scene.image.Image;
import javafx.scene.image.ImageView;
import javafx.scene.image.WritableImage;
import javafx.scene.input.KeyCode;
import javafx.scene.input.MouseEvent;
import javafx.scene.layout.Pane;
import javafx.scene.layout.StackPane;
import javafx.scene.paint.Color;
import javafx.scene.robot.Robot;
import javafx.scene.shape.Rectangle;
import javafx.stage.Screen;
import javafx.stage.Stage;
import javafx.stage.StageStyle;
import javafx.util.Duration;

/** Hides the window, shows a still of the screen, and lets the person draw a rectangle on it. */
final class RegionPicker {

    private static final Duration UNTIL_HIDDEN = Duration.millis(350);
    private static final double SMALLEST = 4;

    private final Stage window;
    private final Stage stage = new Stage(StageStyle.UNDECORATED);
    private final WritableImage still;
    private final Rectangle2D bounds;
    private final Consumer<Image> taken;
    private final Rectangle frame = new Rectangle();
    private double startX;
    private double startY;

    static void show(
            Stage window, Screen screen, String hint, Consumer<Image> taken, Runnable failed) {
        window.setOpacity(0);
        var pause = new PauseTransition(UNTIL_HIDDEN);
        pause.setOnFinished(
                _ -> {
                    try {
                        WritableImage still =
                                new Robot().getScreenCapture(null, screen.getBounds(), false);
                        new RegionPicker(window, still, screen.getBounds(), taken).open(hint);
                    } catch (RuntimeException | LinkageError e) {
                        // Wayland and macOS refuse programs that may not record the screen.
                        window.setOpacity(1);
                        failed.run();
                    }
                });
        pause.play();
    }

    private RegionPicker(
            Stage window, WritableImage still, Rectangle2D bounds, Consumer<Image> taken) {
        this.window = window;
        this.still = still;
        this.bounds = bounds;
        this.taken = taken;
    }

    private void open(String hint) {
        ImageView view = new ImageView(still);
        view.setFitWidth(bounds.getWidth());
        view.setFitHeight(bounds.getHeight());
        frame.setFill(Color.rgb(9, 105, 218, 0.18));
        frame.setStroke(Color.rgb(9, 105, 218));
        frame.setStrokeWidth(2);
        Label label = new Label(hint);
        label.setStyle(
                "-fx-background-color: rgba(0,0,0,0.75); -fx-text-fill: white;"
                        + " -fx-padding: 0.6em 1em; -fx-font-size: 15px;");
        StackPane.setAlignment(label, Pos.TOP_CENTER);
        StackPane root = new StackPane(view, new Pane(frame), label);
        root.setCursor(Cursor.CROSSHAIR);
        root.setOnMousePressed(
                event -> {
                    startX = event.getX();
                    startY = event.getY();
                    frameTo(event);
                });
        root.setOnMouseDragged(this::frameTo);
        root.setOnMouseReleased(
                event -> {
                    frameTo(event);
                    finish();
                });
        Scene scene = new Scene(root, bounds.getWidth(), bounds.getHeight());
        scene.setOnKeyPressed(
                event -> {
                    if (event.getCode() == KeyCode.ESCAPE) {
                        close();
                    }
                });
        stage.setScene(scene);
        stage.setX(bounds.getMinX());
        stage.setY(bounds.getMinY());
        stage.setAlwaysOnTop(true);
        stage.setOnHidden(_ -> window.setOpacity(1));
        stage.show();
        stage.requestFocus();
    }

    private void frameTo(MouseEvent event) {
        frame.setX(Math.min(startX, event.getX()));
        frame.setY(Math.min(startY, event.getY()));
        frame.setWidth(Math.abs(event.getX() - startX));
        frame.setHeight(Math.abs(event.getY() - startY));
    }

    private void finish() {
        if (frame.getWidth() < SMALLEST || frame.getHeight() < SMALLEST) {
            return;
        }
        // The still has the screen's own pixels, more than the scene's where it is scaled.
        double scale = still.getWidth() / bounds.getWidth();
        int x = (int) Math.max(0, frame.getX() * scale);
        int y = (int) Math.max(0, frame.getY() * scale);
        int width = (int) Math.min(frame.getWidth() * scale, still.getWidth() - x);
        int height = (int) Math.min(frame.getHeight() * scale, still.getHeight() - y);
        close();
        if (width > 0 && height > 0) {
            taken.accept(new WritableImage(still.getPixelReader(), x, y, width, height));
        }
    }

    private void close() {
        stage.hide();
        window.setOpacity(1);
        window.toFront();
    }
}
