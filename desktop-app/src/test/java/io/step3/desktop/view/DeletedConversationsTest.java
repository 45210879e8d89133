package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.model.ScriptedModel;
import java.util.List;
import javafx.scene.control.Button;
import javafx.scene.control.ListView;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import org.junit.jupiter.api.Test;

class DeletedConversationsTest extends WindowTestBase {

    @SuppressWarnings("unchecked")
    private ListView<SidebarRow> list() {
        return (ListView<SidebarRow>)
                all(view).stream().filter(ListView.class::isInstance).findFirst().orElseThrow();
    }

    private void enter(Class<? extends SidebarRow> row) throws Exception {
        onFx(
                () -> {
                    SidebarRow chosen =
                            list().getItems().stream()
                                    .filter(row::isInstance)
                                    .findFirst()
                                    .orElseThrow();
                    list().getSelectionModel().select(chosen);
                    list().fireEvent(
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
    }

    private void push(String text) throws Exception {
        await(() -> all(view).stream().anyMatch(node -> isButton(node, text)));
        onFx(
                () ->
                        all(view).stream()
                                .filter(node -> isButton(node, text))
                                .map(Button.class::cast)
                                .findFirst()
                                .orElseThrow()
                                .fire());
    }

    private static boolean isButton(javafx.scene.Node node, String text) {
        return node instanceof Button button && text.equals(button.getText());
    }

    private long rows(Class<? extends SidebarRow> kind) {
        return list().getItems().stream().filter(kind::isInstance).count();
    }

    @Test
    void aDeletedConversationIsKeptInAPlaceOfItsOwnUntilItIsRestoredOrDeletedForGood()
            throws Exception {
        var model = new ScriptedModel(List.of(), List.of("yes"), true, 4096);
        model.allowed.release(100);
        open(model);
        onFx(() -> desk.conversation().draft().textProperty().set("Is this kept?"));
        onFx(() -> desk.conversation().send());
        await(() -> desk.sidebar().conversations().size() == 1);
        await(() -> !desk.conversation().answering().runningProperty().get());
        onFx(() -> desk.sidebar().delete(desk.sidebar().conversations().getFirst()));
        await(() -> rows(SidebarRow.DeletedHeading.class) == 1);
        assertEquals(0, on(() -> rows(SidebarRow.Deleted.class)));

        enter(SidebarRow.DeletedHeading.class);
        await(() -> rows(SidebarRow.Deleted.class) == 1);
        enter(SidebarRow.Deleted.class);
        push(desk.words().text("restore"));
        await(() -> desk.sidebar().conversations().size() == 1);
        await(() -> rows(SidebarRow.DeletedHeading.class) == 0);

        onFx(() -> desk.sidebar().delete(desk.sidebar().conversations().getFirst()));
        await(() -> rows(SidebarRow.Deleted.class) == 1);
        enter(SidebarRow.Deleted.class);
        push(desk.words().text("deleteNow"));
        await(() -> rows(SidebarRow.DeletedHeading.class) == 0);
        assertTrue(on(() -> desk.sidebar().conversations().isEmpty()));
    }
}
