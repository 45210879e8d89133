package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.step3.desktop.model.ScriptedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javafx.scene.AccessibleAttribute;
import javafx.scene.AccessibleRole;
import javafx.scene.Node;
import javafx.scene.input.KeyCode;
import org.junit.jupiter.api.Test;

/** Every node that can have the focus says what it is, to those who do not see it. */
class AccessibilityTest extends WindowTestBase {

    private static ScriptedModel model() {
        var model =
                new ScriptedModel(
                        List.of("Hm. "), List.of("Yes: `x`\n\n```java\nint x;\n```\n"), true, 4096);
        model.allowed.release(1000);
        return model;
    }

    private void check(String state) throws Exception {
        List<String> silent =
                on(
                        () -> {
                            view.applyCss();
                            view.layout();
                            List<String> found = new ArrayList<>();
                            for (Node node : all(view)) {
                                if (node.isFocusTraversable() && isSilent(node)) {
                                    found.add(node.toString());
                                }
                            }
                            return found;
                        });
        assertEquals(List.of(), silent, state);
    }

    /** The title of the card on show, or nothing. */
    private String shownCard() {
        Overlay overlay =
                (Overlay) all(view).stream().filter(Overlay.class::isInstance).findFirst().get();
        return overlay.isDisplay() && overlay.getContent() != null
                ? overlay.getContent().getAccessibleText()
                : "";
    }

    private static boolean isSilent(Node node) {
        Object role = node.queryAccessibleAttribute(AccessibleAttribute.ROLE);
        Object text = node.queryAccessibleAttribute(AccessibleAttribute.TEXT);
        boolean named =
                node.getAccessibleText() != null && !node.getAccessibleText().isBlank()
                        || text instanceof String s && !s.isBlank();
        return role == null || role == AccessibleRole.NODE || !named;
    }

    @Test
    void everyNodeThatCanHaveTheFocusHasARoleAndAText() throws Exception {
        open(model());
        check("empty");
        onFx(
                () -> {
                    desk.conversation().draft().textProperty().set("Well?");
                    desk.conversation().send();
                });
        await(() -> desk.conversation().messages().size() == 2);
        await(() -> !desk.conversation().answering().runningProperty().get());
        onFx(() -> desk.inside().openProperty().set(true));
        check("conversation");
        Map<KeyCode, String> cards =
                Map.of(KeyCode.M, "model.choose", KeyCode.P, "controls", KeyCode.COMMA, "settings");
        for (Map.Entry<KeyCode, String> card : cards.entrySet()) {
            press(card.getKey(), false, true, false);
            String title = view.words().text(card.getValue());
            await(() -> shownCard().equals(title));
            check("card " + title);
            press(KeyCode.ESCAPE, false, false, false);
            await(() -> shownCard().isEmpty());
        }
        press(KeyCode.F1, false, false, false);
        check("shortcuts");
    }
}
