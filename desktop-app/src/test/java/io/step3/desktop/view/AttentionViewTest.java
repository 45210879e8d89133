package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.SamplingOptions;
import io.step3.desktop.model.AttentionSnapshot;
import io.step3.desktop.model.ModelChoice;
import io.step3.desktop.model.ModelLoader;
import java.nio.file.Path;
import java.util.List;
import javafx.scene.Node;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.control.Slider;
import javafx.scene.input.KeyCode;
import org.junit.jupiter.api.Test;

/** The panel inside, with the real engine on a small checkpoint that babbles. */
class AttentionViewTest extends WindowTestBase {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));

    private <T extends Node> List<T> found(Class<T> type) throws Exception {
        return on(
                () -> {
                    Node panel =
                            all(view).stream()
                                    .filter(AttentionView.class::isInstance)
                                    .findFirst()
                                    .orElseThrow();
                    return all(panel).stream().filter(type::isInstance).map(type::cast).toList();
                });
    }

    private boolean says(String text) {
        return all(view).stream()
                .anyMatch(node -> node instanceof Label label && label.getText().equals(text));
    }

    private String before(int number) {
        AttentionSnapshot seen = desk.inside().attention(number);
        return view.words()
                .text(
                        "inside.token",
                        "" + (seen.number() + 1),
                        "" + (seen.newest() + 1),
                        AttentionView.visible(seen.token()),
                        seen.layer());
    }

    @Test
    void aTokenIsChosenByKeyAndShownOnTextAndPicture() throws Exception {
        open(ModelLoader::local, new ModelChoice.Folder(GOLDEN.resolve("checkpoints/a")));
        onFx(
                () -> {
                    desk.inside().openProperty().set(true);
                    desk.conversation().draft().attach(GOLDEN.resolve("image/p900x700.png"));
                });
        await(() -> desk.conversation().draft().pictures().size() == 1);
        onFx(
                () -> {
                    desk.conversation()
                            .controls()
                            .samplingProperty()
                            .set(SamplingOptions.builder().seed(1L).maxTokens(8).build());
                    desk.conversation().draft().textProperty().set("How many?");
                    desk.conversation().send();
                });
        await(() -> desk.conversation().messages().size() == 2);
        await(() -> !desk.conversation().answering().runningProperty().get());
        await(() -> says(before(-1)));
        int newest = desk.inside().attention(-1).newest();
        assertTrue(newest >= 3, "it wrote something");

        Slider chooser = found(Slider.class).getFirst();
        onFx(chooser::requestFocus);
        press(KeyCode.LEFT, false, false, false);
        press(KeyCode.LEFT, false, false, false);
        await(() -> says(before(newest - 2)));
        assertEquals(newest - 2, on(() -> (int) Math.round(chooser.getValue())));

        List<AttentionPicture> maps = found(AttentionPicture.class);
        assertEquals(1, maps.size());
        assertTrue(on(() -> maps.getFirst().getAccessibleText()).contains("p900x700.png"));
        assertTrue(on(() -> maps.getFirst().getHeight()) > 20);
        ComboBox<?> layer = found(ComboBox.class).getFirst();
        assertTrue(on(layer::isFocusTraversable));
        assertFalse(on(layer::getAccessibleText).isBlank());
        assertFalse(on(chooser::getAccessibleText).isBlank());

        press(KeyCode.RIGHT, false, false, false);
        press(KeyCode.RIGHT, false, false, false);
        await(() -> says(before(-1)));
    }
}
