package io.step3.desktop.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.HeadlessToolkit;
import io.step3.desktop.model.Language;
import io.step3.desktop.model.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.Parent;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.stage.Stage;
import org.junit.jupiter.api.Test;

class StartFailureTest {

    @Test
    void aLostDatabaseOffersItsCopyAndANewBeginningAndItsSentenceIsWhole() throws Exception {
        HeadlessToolkit.start();
        Words words = new Words(Language.ENGLISH);
        List<String> pressed = new ArrayList<>();
        CompletableFuture<List<Node>> shown = new CompletableFuture<>();
        Platform.runLater(
                () -> {
                    try {
                        Stage stage = new Stage();
                        new StartFailure(words, null)
                                .show(
                                        stage,
                                        words.text(
                                                "store.lostWithCopy",
                                                "/home/somebody/.local/share/step3/step3.db",
                                                "/home/somebody/.local/share/step3/backups/step3-v1-20260101-120000.db"),
                                        () -> pressed.add("again"),
                                        List.of(
                                                new StartFailure.Way(
                                                        words.text(
                                                                "start.copy",
                                                                "step3-v1-20260101-120000.db"),
                                                        () -> pressed.add("copy")),
                                                new StartFailure.Way(
                                                        words.text("start.anew"),
                                                        () -> pressed.add("anew"))),
                                        _ -> pressed.add("other"));
                        Parent root = stage.getScene().getRoot();
                        root.applyCss();
                        root.layout();
                        shown.complete(all(root));
                    } catch (RuntimeException | Error e) {
                        shown.completeExceptionally(e);
                    }
                });
        List<Node> nodes = shown.get(30, TimeUnit.SECONDS);
        for (Node node : nodes) {
            if (node instanceof Label label) {
                assertTrue(
                        label.getHeight() >= label.prefHeight(label.getWidth()) - 0.5,
                        label.getText());
            }
        }
        List<Button> buttons =
                nodes.stream()
                        .filter(Button.class::isInstance)
                        .map(Button.class::cast)
                        .limit(3)
                        .toList();
        CompletableFuture<Void> done = new CompletableFuture<>();
        Platform.runLater(
                () -> {
                    buttons.forEach(Button::fire);
                    done.complete(null);
                });
        done.get(30, TimeUnit.SECONDS);
        assertEquals(List.of("again", "copy", "anew"), pressed);
    }

    private static List<Node> all(Node node) {
        List<Node> all = new ArrayList<>(List.of(node));
        if (node instanceof Parent parent) {
            parent.getChildrenUnmodifiable().forEach(child -> all.addAll(all(child)));
        }
        return all;
    }
}
