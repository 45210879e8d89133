package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.fail;

import io.step3.desktop.store.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A desk without a window: the test's own thread is the one of the properties. */
abstract class DeskTestBase {

    private static final long PATIENCE_NANOS = 20_000_000_000L;

    @TempDir Path folder;

    private final Queue<Runnable> ui = new ConcurrentLinkedQueue<>();
    private final ExecutorService engine = Executors.newSingleThreadExecutor();
    Store store;
    Desk desk;

    /** The properties' thread at its next frame. */
    Executor frame = ui::add;

    Desk open(ModelLoader loader) throws Exception {
        return open(loader, Runnable::run);
    }

    Desk open(ModelLoader loader, Executor background) throws Exception {
        store = Store.open(folder.resolve("data"));
        desk = new Desk(store, new Tasks(ui::add, frame, engine, background), loader);
        return desk;
    }

    ScriptedModel openReady(ScriptedModel model) throws Exception {
        open((_, _) -> model);
        desk.model().load(new ModelChoice.Folder(folder));
        await(() -> desk.model().ready().isPresent());
        return model;
    }

    static ScriptedModel model(boolean sees, int context) {
        return new ScriptedModel(
                List.of("Let ", "me ", "count."),
                List.of("Three ", "red ", "ones."),
                sees,
                context);
    }

    /** Does what the properties' thread would, until something is true. */
    void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            Runnable next = ui.poll();
            if (next != null) {
                next.run();
            } else if (System.nanoTime() > end) {
                fail("it did not come: notices " + desk.notices().notices());
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** Does what the properties' thread has to do by now. */
    void settle() {
        for (Runnable next = ui.poll(); next != null; next = ui.poll()) {
            next.run();
        }
    }

    ConversationViewModel talk() {
        return desk.conversation();
    }

    void ask(String text) {
        int before = talk().messages().size();
        talk().draft().textProperty().set(text);
        talk().send();
        await(() -> talk().messages().size() >= before + 2 || !desk.notices().notices().isEmpty());
    }

    void askAndWait(ScriptedModel model, String text) {
        model.allowed.release(1000);
        ask(text);
        await(() -> !talk().answering().runningProperty().get());
        await(() -> !talk().messages().getLast().isStreaming());
        model.allowed.drainPermits();
    }

    @AfterEach
    void close() {
        if (desk != null) {
            desk.stopAll();
        }
        engine.shutdownNow();
        if (store != null) {
            store.close();
        }
    }
}
