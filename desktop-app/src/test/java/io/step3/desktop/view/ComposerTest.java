package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.model.ScriptedModel;
import java.lang.ref.WeakReference;
import java.util.List;
import javafx.event.Event;
import javafx.scene.control.TextArea;
import javafx.scene.input.InputMethodEvent;
import javafx.scene.input.InputMethodHighlight;
import javafx.scene.input.InputMethodTextRun;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import org.junit.jupiter.api.Test;

class ComposerTest extends WindowTestBase {

    private final ScriptedModel model = new ScriptedModel(List.of(), List.of("Yes."), true, 4096);

    private TextArea area() {
        return (TextArea)
                all(view).stream()
                        .filter(node -> node.getStyleClass().contains("composer-text"))
                        .findFirst()
                        .orElseThrow();
    }

    private void compose(String composed, String committed) throws Exception {
        onFx(
                () ->
                        area().fireEvent(
                                        new InputMethodEvent(
                                                InputMethodEvent.INPUT_METHOD_TEXT_CHANGED,
                                                composed.isEmpty()
                                                        ? List.of()
                                                        : List.of(
                                                                new InputMethodTextRun(
                                                                        composed,
                                                                        InputMethodHighlight
                                                                                .UNSELECTED_RAW)),
                                                committed,
                                                composed.length())));
    }

    @Test
    void enterSendsButNotWhileAWordIsComposed() throws Exception {
        open(model);
        model.allowed.release(100);
        onFx(
                () -> {
                    view.write();
                    area().setText("hello");
                });
        compose("nihao", "");
        press(KeyCode.ENTER, false, false, false);
        Thread.sleep(200);
        assertEquals(0, on(() -> desk.conversation().messages().size()));
        compose("", "你好");
        press(KeyCode.ENTER, false, false, false);
        await(() -> desk.conversation().messages().size() == 2);
    }

    @Test
    void theEnterThatComesWithTheTakenWordDoesNotSend() throws Exception {
        open(model);
        onFx(
                () -> {
                    view.write();
                    area().setText("hello");
                    area().fireEvent(event("ni", ""));
                    area().fireEvent(event("", "你"));
                    area().fireEvent(
                                    new KeyEvent(
                                            KeyEvent.KEY_PRESSED,
                                            "",
                                            "",
                                            KeyCode.ENTER,
                                            false,
                                            false,
                                            false,
                                            false));
                });
        Thread.sleep(200);
        assertEquals(0, on(() -> desk.conversation().messages().size()));
    }

    private static InputMethodEvent event(String composed, String committed) {
        return new InputMethodEvent(
                InputMethodEvent.INPUT_METHOD_TEXT_CHANGED,
                composed.isEmpty()
                        ? List.of()
                        : List.of(
                                new InputMethodTextRun(
                                        composed, InputMethodHighlight.UNSELECTED_RAW)),
                committed,
                composed.length());
    }

    @Test
    void shiftEnterBreaksTheLine() throws Exception {
        open(model);
        onFx(
                () -> {
                    view.write();
                    area().setText("a");
                    area().end();
                });
        press(KeyCode.ENTER, true, false, false);
        assertEquals("a\n", on(() -> area().getText()));
    }

    @Test
    void everyShortcutDoesSomething() throws Exception {
        open(model);
        onFx(() -> view.write());
        int size = on(() -> desk.settings().textSizeProperty().get());
        press(KeyCode.EQUALS, false, true, false);
        assertEquals(size + 1, on(() -> desk.settings().textSizeProperty().get()));
        press(KeyCode.I, false, true, false);
        assertTrue(on(() -> desk.inside().openProperty().get()));
        assertEquals(Shortcut.values().length, on(() -> view.boundShortcuts()));
    }

    @Test
    void shortcutsWorkWhereNothingHasTheFocus() throws Exception {
        open(model);
        // Then the scene is where JavaFX sends the keys to.
        onFx(
                () ->
                        Event.fireEvent(
                                stage.getScene(),
                                new KeyEvent(
                                        KeyEvent.KEY_PRESSED,
                                        "",
                                        "",
                                        KeyCode.I,
                                        false,
                                        true,
                                        false,
                                        false)));
        assertTrue(on(() -> desk.inside().openProperty().get()));
    }

    @Test
    void aWindowInAnotherLanguageTakesTheShortcutsOver() throws Exception {
        open(model);
        speakAnotherLanguage();
        press(KeyCode.I, false, true, false);
        assertTrue(on(() -> desk.inside().openProperty().get()), "once, not twice");
    }

    @Test
    void nothingOfAWindowInAnotherLanguageStays() throws Exception {
        open(model);
        model.allowed.release(100);
        onFx(
                () -> {
                    view.write();
                    desk.inside().openProperty().set(true);
                    area().setText("hello");
                });
        press(KeyCode.ENTER, false, false, false);
        await(() -> !desk.conversation().messages().isEmpty());
        await(() -> !desk.conversation().answering().runningProperty().get());
        WeakReference<MainView> old = on(() -> new WeakReference<>(view));
        speakAnotherLanguage();
        for (int i = 0; i < 50 && old.get() != null; i++) {
            System.gc();
            onFx(() -> {});
            Thread.sleep(50);
        }
        assertNull(old.get());
    }

    /** What the program does when another language is chosen. */
    private void speakAnotherLanguage() throws Exception {
        onFx(
                () -> {
                    MainView old = view;
                    view = new MainView(desk, surface);
                    stage.getScene().setRoot(view);
                    old.close();
                });
    }
}
