package io.step3.desktop.render;

import atlantafx.base.theme.PrimerDark;
import atlantafx.base.theme.PrimerLight;

import io.step3.desktop.markdown.MarkdownStream;

import javafx.application.Application;
import javafx.application.Platform;
import javafx.scene.Parent;
import javafx.scene.Scene;
import javafx.scene.image.WritableImage;

import java.awt.image.BufferedImage;
import java.io.File;
import java.util.concurrent.CountDownLatch;

import javax.imageio.ImageIO;

/**
 * Writes pictures of documents to look at into target/snapshots. Run with {@code
 * -Dglass.platform=Headless -Dprism.order=sw -Djava.awt.headless=true}.
 */
public final class Snapshots {

    private Snapshots() {}

    public static void main(String[] args) throws Exception {
        Platform.startup(() -> {});
        var folder = new File("target/snapshots");
        folder.mkdirs();
        String[] light = {new PrimerLight().getUserAgentStylesheet()};
        document("tour-light-800", light[0], 800, "14px", folder);
        document("tour-dark-500", new PrimerDark().getUserAgentStylesheet(), 500, "14px", folder);
        document("tour-light-1200-large", light[0], 1200, "20px", folder);
        formulas(light[0], folder);
        conversation("conversation-light", light[0], folder);
        conversation("conversation-dark", new PrimerDark().getUserAgentStylesheet(), folder);
        Platform.exit();
    }

    private static void formulas(String theme, File folder) throws Exception {
        var text = new StringBuilder("| source | drawn |\n|---|---|\n");
        for (String source : FormulaReaderTest.TYPICAL) {
            String cell = source.replace("|", "\\|");
            text.append("| `").append(cell).append("` | $$").append(cell).append("$$ |\n");
        }
        document("formulas", theme, 1100, "14px", folder, text.toString(), 6000);
    }

    private static void conversation(String name, String theme, File folder) throws Exception {
        var scenes = new Scene[1];
        onFx(
                () -> {
                    Application.setUserAgentStylesheet(theme);
                    var settings = Toolkit.settings();
                    var pane = new ConversationPane(RenderTexts.english());
                    for (int i = 0; i < 3; i++) {
                        var view = new DocumentView(settings);
                        view.setBlocks(
                                MarkdownStream.parse(
                                        ConversationPaneTest.section(i) + Samples.TOUR));
                        view.setStyle("-fx-padding: 0.5em 2em 1em 2em;");
                        var who = new javafx.scene.control.Label("Step3");
                        who.setStyle("-fx-padding: 1em 2em 0 2em; -fx-font-weight: bold;");
                        pane.add(new javafx.scene.layout.VBox(who, view), view);
                    }
                    scenes[0] = new Scene(pane, 900, 700);
                    pane.applyCss();
                    pane.layout();
                    pane.scrollBy(-1050);
                    pane.layout();
                });
        onFx(
                () -> {
                    var pane = (ConversationPane) scenes[0].getRoot();
                    pane.applyCss();
                    pane.layout();
                    var from = pane.positionAt(200, 200);
                    var to = pane.positionAt(400, 560);
                    pane.select(from, to);
                    pane.layout();
                    save(scenes[0].snapshot(null), new File(folder, name + ".png"));
                });
    }

    private static void document(String name, String theme, int width, String size, File folder)
            throws Exception {
        document(name, theme, width, size, folder, Samples.TOUR, 1700);
    }

    private static void document(
            String name, String theme, int width, String size, File folder, String text, int height)
            throws Exception {
        var formulas = new Formulas();
        Scene[] scene = new Scene[1];
        onFx(
                () -> {
                    Application.setUserAgentStylesheet(theme);
                    var settings =
                            new RenderSettings(target -> {}, formulas, RenderTexts.english());
                    var view = new DocumentView(settings);
                    view.setStyle("-fx-padding: 1.5em;");
                    view.setBlocks(MarkdownStream.parse(text));
                    var root = new javafx.scene.layout.StackPane(view);
                    root.setStyle("-fx-font-size: " + size + ";");
                    scene[0] = new Scene(root, width, height);
                    root.applyCss();
                    root.layout();
                });
        Thread.sleep(1500);
        onFx(
                () -> {
                    Parent root = scene[0].getRoot();
                    root.applyCss();
                    root.layout();
                    root.applyCss();
                    root.layout();
                    save(scene[0].snapshot(null), new File(folder, name + ".png"));
                });
        formulas.close();
    }

    static void onFx(Runnable work) throws InterruptedException {
        var done = new CountDownLatch(1);
        Platform.runLater(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException | Error broken) {
                        broken.printStackTrace();
                    } finally {
                        done.countDown();
                    }
                });
        done.await();
    }

    static void save(WritableImage image, File file) {
        int width = (int) image.getWidth();
        int height = (int) image.getHeight();
        var copy = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            image.getPixelReader()
                    .getPixels(
                            0,
                            y,
                            width,
                            1,
                            javafx.scene.image.PixelFormat.getIntArgbInstance(),
                            row,
                            0,
                            width);
            copy.setRGB(0, y, width, 1, row, 0, width);
        }
        try {
            ImageIO.write(copy, "png", file);
        } catch (java.io.IOException cannotWrite) {
            throw new java.io.UncheckedIOException(cannotWrite);
        }
    }
}
