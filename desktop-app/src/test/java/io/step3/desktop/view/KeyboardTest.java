package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.model.ScriptedModel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javafx.scene.AccessibleAttribute;
import javafx.scene.AccessibleRole;
import javafx.scene.Node;
import javafx.scene.control.ContextMenu;
import javafx.scene.control.ListView;
import javafx.scene.control.ProgressBar;
import javafx.scene.control.TextArea;
import javafx.scene.control.TextField;
import javafx.scene.control.TextInputControl;
import javafx.scene.input.KeyCode;
import javafx.stage.Window;
import org.junit.jupiter.api.Test;

/** Everything can be done without a mouse, and what is typed goes where one looks. */
class KeyboardTest extends WindowTestBase {

    private final ScriptedModel model =
            new ScriptedModel(List.of(), List.of("Yes: ", "two."), true, 4096);

    private Node owner() throws Exception {
        return on(() -> stage.getScene().getFocusOwner());
    }

    private <T extends Node> T the(Class<T> type, String style) throws Exception {
        return on(
                () ->
                        all(view).stream()
                                .filter(type::isInstance)
                                .filter(node -> node.getStyleClass().contains(style))
                                .map(type::cast)
                                .findFirst()
                                .orElseThrow());
    }

    private TextArea composer() throws Exception {
        return the(TextArea.class, "composer-text");
    }

    private Overlay overlay() throws Exception {
        return on(
                () ->
                        (Overlay)
                                all(view).stream()
                                        .filter(Overlay.class::isInstance)
                                        .findFirst()
                                        .orElseThrow());
    }

    private void begin() throws Exception {
        open(model);
        model.allowed.release(1000);
        onFx(() -> view.write());
        await(() -> stage.getScene().getFocusOwner() instanceof TextArea);
    }

    @Test
    void tabLeavesATextAreaInBothDirectionsAndWritesNothing() throws Exception {
        begin();
        Node area = composer();
        press(KeyCode.TAB, false, false, false);
        Node after = owner();
        assertNotSame(area, after);
        onFx(area::requestFocus);
        press(KeyCode.TAB, true, false, false);
        assertNotSame(area, owner());
        assertNotSame(after, owner());
        assertEquals("", on(() -> desk.conversation().draft().textProperty().get()));
    }

    @Test
    void aCardTakesTheFocusKeepsItAndGivesItBack() throws Exception {
        begin();
        answer("Well?");
        Node before = owner();
        for (KeyCode card : List.of(KeyCode.COMMA, KeyCode.P, KeyCode.M)) {
            press(card, false, true, false);
            Overlay overlay = overlay();
            await(overlay::isDisplay);
            Set<Node> visited = new HashSet<>();
            for (int i = 0; i < 60; i++) {
                Node now = owner();
                assertTrue(on(() -> Focusable.isWithin(now, overlay)), card + " lost it to " + now);
                visited.add(now);
                press(KeyCode.TAB, i >= 40, false, false);
            }
            assertEquals(
                    on(() -> Set.copyOf(Focusable.in(overlay.getContent()))),
                    visited,
                    card + ": Tab comes by everything in the card");
            onFx(before::requestFocus);
            await(() -> Focusable.isWithin(stage.getScene().getFocusOwner(), overlay));
            press(KeyCode.ESCAPE, false, false, false);
            assertFalse(on(overlay::isDisplay));
            assertEquals(before, owner());
        }
        String prompt = on(() -> desk.conversation().controls().systemPromptProperty().get());
        assertEquals("", prompt, "Tab wrote into the system prompt");
    }

    @Test
    void aCardOpenedFromTheListClosesWithEscapeAndKeepsDeleteToItself() throws Exception {
        begin();
        answer("Well?");
        await(() -> desk.sidebar().conversations().size() == 1);
        ListView<?> list = on(() -> (ListView<?>) view.lookup(".sidebar .list-view"));
        onFx(list::requestFocus);
        press(KeyCode.F2, false, false, false);
        await(() -> stage.getScene().getFocusOwner() instanceof TextField);
        press(KeyCode.DELETE, false, false, false);
        assertEquals(1, on(() -> desk.sidebar().conversations().size()));
        press(KeyCode.ESCAPE, false, false, false);
        assertFalse(on(overlay()::isDisplay));
        assertEquals(list, owner());
    }

    @Test
    void theFocusComesBackToTheComposerWhenWhatHadItIsGone() throws Exception {
        begin();
        answer("Well?");
        onFx(() -> desk.notices().info("something"));
        Node dismiss =
                on(
                        () ->
                                all(view).stream()
                                        .filter(n -> n.getStyleClass().contains("notice"))
                                        .flatMap(n -> Focusable.in(n).stream())
                                        .findFirst()
                                        .orElseThrow());
        onFx(dismiss::requestFocus);
        onFx(() -> desk.notices().dismiss(desk.notices().notices().getFirst()));
        TextArea composer = composer();
        await(() -> stage.getScene().getFocusOwner() == composer);
        Node again = on(() -> Focusable.in(view.lookup(".from-model .message-foot")).getFirst());
        onFx(again::requestFocus);
        onFx(() -> desk.conversation().regenerate(desk.conversation().messages().getLast()));
        await(() -> stage.getScene().getFocusOwner() == composer);
    }

    @Test
    void theMenuOfAConversationOpensFromTheKeyboard() throws Exception {
        begin();
        answer("Well?");
        await(() -> desk.sidebar().conversations().size() == 1);
        ListView<?> list = on(() -> (ListView<?>) view.lookup(".sidebar .list-view"));
        onFx(
                () -> {
                    list.requestFocus();
                    list.getSelectionModel().selectFirst();
                });
        for (KeyCode key : List.of(KeyCode.F10, KeyCode.CONTEXT_MENU)) {
            press(key, key == KeyCode.F10, false, false);
            await(() -> menus().size() == 1);
            onFx(() -> menus().forEach(Window::hide));
        }
    }

    private static List<ContextMenu> menus() {
        return Window.getWindows().stream()
                .filter(ContextMenu.class::isInstance)
                .map(ContextMenu.class::cast)
                .toList();
    }

    @Test
    void theTextGrowsWithTheKeysOfOtherKeyboards() throws Exception {
        begin();
        int size = on(() -> desk.settings().textSizeProperty().get());
        press(KeyCode.EQUALS, true, true, false);
        press(KeyCode.PLUS, false, true, false);
        press(KeyCode.ADD, false, true, false);
        assertEquals(size + 3, on(() -> desk.settings().textSizeProperty().get()));
        press(KeyCode.SUBTRACT, false, true, false);
        assertEquals(size + 2, on(() -> desk.settings().textSizeProperty().get()));
        press(KeyCode.NUMPAD0, false, true, false);
        assertEquals(size, on(() -> desk.settings().textSizeProperty().get()));
    }

    @Test
    void keysThatMoveInATextAreLeftToIt() throws Exception {
        begin();
        answer("Well?");
        onFx(() -> desk.conversation().regenerate(desk.conversation().messages().getLast()));
        await(() -> desk.conversation().messages().getLast().stepProperty().get().index() == 1);
        await(() -> !desk.conversation().messages().getLast().isStreaming());
        long shown = on(() -> desk.conversation().messages().getLast().id());
        TextInputControl area = composer();
        onFx(
                () -> {
                    area.requestFocus();
                    area.setText("some words");
                    area.positionCaret(0);
                });
        press(KeyCode.LEFT, false, false, true);
        press(KeyCode.UP, false, false, true);
        press(KeyCode.END, false, true, false);
        assertEquals(10, on(area::getCaretPosition), "Ctrl+End goes to the end of the text");
        store.conversations().list().get();
        assertEquals(shown, on(() -> desk.conversation().messages().getLast().id()));
        onFx(area::clear);
        press(KeyCode.LEFT, false, false, true);
        await(() -> desk.conversation().messages().getLast().id() != shown);
    }

    @Test
    void messagesAreGroupsWithNamesAndNoticesAreSaid() throws Exception {
        begin();
        answer("Well?");
        List<String> names =
                on(
                        () ->
                                all(view).stream()
                                        .filter(MessageView.class::isInstance)
                                        .peek(
                                                node ->
                                                        assertEquals(
                                                                AccessibleRole.PARENT,
                                                                node.getAccessibleRole()))
                                        .map(Node::getAccessibleText)
                                        .toList());
        assertEquals(List.of("You: Well?", "Step3 (scripted): Yes: two."), names);
        onFx(() -> desk.notices().error("The disk is full."));
        assertTrue(
                on(
                        () ->
                                all(view).stream()
                                        .filter(node -> node.getOpacity() == 0)
                                        .anyMatch(
                                                node ->
                                                        "The disk is full."
                                                                .equals(
                                                                        node
                                                                                .queryAccessibleAttribute(
                                                                                        AccessibleAttribute
                                                                                                .TEXT)))));
    }

    @Test
    void nothingRunsToAndFroWhereMotionDisturbs() {
        assertEquals(ProgressBar.INDETERMINATE_PROGRESS, TopBar.progress(0, 0, false));
        assertEquals(0, TopBar.progress(0, 0, true));
        assertEquals(0.5, TopBar.progress(1, 2, true));
    }
}
