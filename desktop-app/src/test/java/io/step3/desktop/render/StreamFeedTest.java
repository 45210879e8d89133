package io.step3.desktop.render;

import static io.step3.desktop.render.Toolkit.onFx;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.markdown.MarkdownStream;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javafx.application.Platform;
import javafx.scene.Scene;
import javafx.stage.Stage;
import org.junit.jupiter.api.Test;

class StreamFeedTest {

    @Test
    void manySmallPiecesFromAnotherThreadGiveTheWholeDocumentInFewTasks() throws Exception {
        String text = ConversationPaneTest.section(1) + ConversationPaneTest.section(2);
        var tasks = new AtomicInteger();
        var onFxThread = new AtomicBoolean();
        DocumentView view = onFx(() -> new DocumentView(Toolkit.settings()));
        Stage stage = onFx(() -> new Stage());
        onFx(
                () -> {
                    var pane = new ConversationPane(RenderTexts.english());
                    pane.add(view, view);
                    stage.setScene(new Scene(pane, 600, 400));
                    stage.show();
                });
        try (var parser = Executors.newSingleThreadExecutor()) {
            var feed =
                    new StreamFeed(
                            view,
                            task -> {
                                tasks.incrementAndGet();
                                parser.execute(
                                        () -> {
                                            onFxThread.compareAndSet(
                                                    false, Platform.isFxApplicationThread());
                                            task.run();
                                        });
                            });
            for (int i = 0; i < text.length(); i++) {
                feed.append(text.substring(i, i + 1));
                if (i % 20 == 0) {
                    Thread.sleep(1);
                }
            }
            feed.finish().get(20, TimeUnit.SECONDS);
            assertThrows(IllegalStateException.class, () -> feed.append("more"));
        } finally {
            onFx(stage::hide);
        }
        assertEquals(MarkdownStream.parse(text), onFx(() -> java.util.List.copyOf(view.blocks())));
        assertFalse(onFxThread.get(), "parsed on the FX thread");
        assertTrue(tasks.get() < text.length() / 4, "tasks: " + tasks.get());
    }

    @Test
    void aSecondFeedTakesOverWhatIsShownAndGoesOn() throws Exception {
        String text = ConversationPaneTest.section(1) + "and **half";
        DocumentView view = onFx(() -> new DocumentView(Toolkit.settings()));
        var first = new StreamFeed(view, Runnable::run);
        first.append(text);
        first.finish().get(20, TimeUnit.SECONDS);
        var before = onFx(() -> java.util.List.copyOf(view.blocks()));
        var second = new StreamFeed(view, Runnable::run);
        second.append(text);
        second.append(" bold** more.");
        second.finish().get(20, TimeUnit.SECONDS);
        var after = onFx(() -> java.util.List.copyOf(view.blocks()));
        assertEquals(MarkdownStream.parse(text + " bold** more."), after);
        // Still the same objects, and so the same nodes.
        assertSame(before.getFirst(), after.getFirst());
    }

    @Test
    void aStreamWithoutTextFinishes() throws Exception {
        DocumentView view = onFx(() -> new DocumentView(Toolkit.settings()));
        var feed = new StreamFeed(view, Runnable::run);
        feed.finish().get(20, TimeUnit.SECONDS);
        assertEquals(0, onFx(() -> view.blocks().size()));
    }

    @Test
    void anAbandonedFeedAsksForNothingMore() throws Exception {
        DocumentView view = onFx(() -> new DocumentView(Toolkit.settings()));
        var tasks = new AtomicInteger();
        var feed =
                new StreamFeed(
                        view,
                        task -> {
                            tasks.incrementAndGet();
                            task.run();
                        });
        feed.append("words");
        onFx(feed::abandon);
        int before = tasks.get();
        feed.append("more");
        feed.finish();
        Thread.sleep(200);
        assertEquals(before, tasks.get());
    }
}
