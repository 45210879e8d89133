package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.model.ScriptedModel;
import java.nio.file.Path;
import java.util.List;
import javafx.scene.Node;
import javafx.scene.image.WritableImage;
import javafx.scene.input.KeyCode;
import org.junit.jupiter.api.Test;

/** Pictures are there where one looks, and only there. */
class VisiblePicturesTest extends WindowTestBase {

    private static final Path PICTURE =
            Path.of(System.getProperty("step3.golden")).resolve("image/p900x700.png");

    private final ScriptedModel model =
            new ScriptedModel(List.of(), List.of("A line.\n\n".repeat(12)), true, 1 << 20);

    private void ask() throws Exception {
        int before = on(() -> desk.conversation().messages().size());
        onFx(() -> desk.conversation().draft().attach(PICTURE));
        await(() -> desk.conversation().draft().pictures().size() == 1);
        onFx(() -> desk.conversation().send());
        await(() -> desk.conversation().messages().size() == before + 2);
        await(() -> !desk.conversation().answering().runningProperty().get());
        await(() -> !desk.conversation().messages().getLast().isStreaming());
    }

    private long pictures(Node root) {
        return all(root).stream().filter(PictureView.class::isInstance).count();
    }

    /** Thumbnails of all messages, those out of the scene too. */
    private long held() {
        ConversationView conversation =
                (ConversationView)
                        all(view).stream()
                                .filter(ConversationView.class::isInstance)
                                .findFirst()
                                .orElseThrow();
        return conversation.messageViews().stream().mapToLong(this::pictures).sum();
    }

    @Test
    void onlyMessagesNearTheScreenHoldTheirPictures() throws Exception {
        open(model);
        model.allowed.release(1000);
        for (int i = 0; i < 8; i++) {
            ask();
        }
        await(() -> held() >= 1 && held() <= 4);
        long id = on(() -> desk.conversation().id());
        onFx(() -> desk.newConversation());
        onFx(() -> desk.open(id));
        await(() -> desk.conversation().messages().size() == 16);
        await(() -> held() >= 1);
        assertTrue(on(this::held) <= 4, "held: " + on(this::held));
    }

    @Test
    void aClipboardThatHasNoPictureAfterAllIsSaid() throws Exception {
        open(model);
        ComposerView composer =
                (ComposerView)
                        on(
                                () ->
                                        all(view).stream()
                                                .filter(ComposerView.class::isInstance)
                                                .findFirst()
                                                .orElseThrow());
        onFx(() -> composer.attach((javafx.scene.image.Image) null, "pasted.png"));
        assertEquals(1, on(() -> desk.notices().notices().size()));
        onFx(() -> composer.attach(new WritableImage(3840, 2160), "pasted.png"));
        await(() -> desk.conversation().draft().pictures().size() == 1);
        assertEquals(3840, on(() -> desk.conversation().draft().pictures().getFirst().width()));
    }

    @Test
    void aRemovedPictureIsAskedForFirst() throws Exception {
        open(model);
        model.allowed.release(1000);
        ask();
        await(() -> held() == 1);
        Node remove = on(() -> Focusable.in(view.lookup(".bubble .picture-foot")).getFirst());
        onFx(() -> ((javafx.scene.control.Button) remove).fire());
        await(() -> view.lookup(".card-pane") != null);
        press(KeyCode.ESCAPE, false, false, false);
        assertEquals(1, on(this::held));
        onFx(() -> ((javafx.scene.control.Button) remove).fire());
        await(() -> view.lookup(".card-foot .danger") != null);
        onFx(() -> ((javafx.scene.control.Button) view.lookup(".card-foot .danger")).fire());
        await(() -> held() == 0);
    }
}
