package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.ChatModel;
import io.step3.desktop.model.ModelChoice;
import io.step3.desktop.model.ModelLoader;
import io.step3.desktop.model.ModelState;
import io.step3.model.LoadProgress;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import javafx.scene.control.Button;
import org.junit.jupiter.api.Test;

/** The real loader, held where it tells how far it is: there a loading can be cancelled. */
class CancelledLoadingTest extends WindowTestBase {

    private static final Path CHECKPOINTS =
            Path.of(System.getProperty("step3.golden")).resolve("checkpoints");
    private static final ModelChoice FIRST = new ModelChoice.Folder(CHECKPOINTS.resolve("a"));
    private static final ModelChoice BIG = new ModelChoice.Folder(CHECKPOINTS.resolve("b"));

    private final CountDownLatch midway = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private volatile Throwable ended;

    private ChatModel load(ModelChoice choice, LoadProgress progress) {
        if (choice.equals(FIRST)) {
            return ModelLoader.local(choice, progress);
        }
        try {
            return ModelLoader.local(
                    choice,
                    (done, total) -> {
                        if (done == total / 2) {
                            midway.countDown();
                            awaitQuietly();
                        }
                        progress.moved(done, total);
                    });
        } catch (RuntimeException e) {
            ended = e;
            throw e;
        }
    }

    private void awaitQuietly() {
        try {
            cancelled.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void cancelInTheWindow() throws Exception {
        onFx(
                () ->
                        all(view).stream()
                                .filter(
                                        node ->
                                                node instanceof Button button
                                                        && view.words()
                                                                .text("model.cancel")
                                                                .equals(button.getAccessibleText()))
                                .map(Button.class::cast)
                                .findFirst()
                                .orElseThrow()
                                .fire());
        cancelled.countDown();
    }

    private String told() {
        return desk.notices().notices().getLast().text();
    }

    @Test
    void itReturnsToTheModelBeforeAndSaysSo() throws Exception {
        open(this::load, FIRST);
        onFx(() -> desk.use(BIG));
        midway.await();
        assertTrue(on(() -> desk.model().stateProperty().get() instanceof ModelState.Loading));
        cancelInTheWindow();
        await(() -> desk.model().ready().isPresent());
        assertTrue(ended instanceof CancellationException, "it ended midway: " + ended);
        assertEquals("a", on(() -> desk.model().ready().get().name()));
        assertEquals(
                view.words().text("model.cancelledBack", BIG.name(), FIRST.name()), on(this::told));
        assertEquals(FIRST, on(() -> desk.model().preferred().orElseThrow()));
        onFx(
                () -> {
                    desk.conversation().draft().textProperty().set("Still there?");
                    desk.conversation().send();
                });
        await(() -> desk.conversation().messages().size() == 2);
    }

    @Test
    void aWindowThatHadNoneHasNoneAgain() throws Exception {
        open(this::load, FIRST);
        onFx(
                () -> {
                    desk.closeModel();
                    desk.use(BIG);
                });
        midway.await();
        cancelInTheWindow();
        await(() -> desk.model().stateProperty().get() instanceof ModelState.None);
        assertEquals(view.words().text("model.cancelled", BIG.name()), on(this::told));
    }
}
