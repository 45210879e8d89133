package io.step3.desktop.app;

import io.step3.chat.SamplingOptions;
import io.step3.desktop.app.FrameMeter.Frame;
import io.step3.desktop.model.Appearance;
import io.step3.desktop.model.Desk;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.model.ModelChoice;
import io.step3.desktop.model.ReasoningDisplay;
import io.step3.desktop.render.ConversationPane;
import io.step3.desktop.render.DocumentView;
import io.step3.desktop.store.Store;
import io.step3.desktop.view.MainView;
import io.step3.desktop.view.StageSurface;
import io.step3.desktop.view.Themes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.Parent;
import javafx.scene.Scene;
import javafx.stage.Stage;

/**
 * The whole window, wired as the program wires it, while a long answer streams and somebody scrolls
 * and types.
 */
final class StreamingWindow implements AutoCloseable {

    private static final int WIDTH = 980;
    private static final int HEIGHT = 760;

    /** Heap in use after a collection, in bytes, and how many tokens there were. */
    record Heap(int tokens, long used) {}

    private final int tokens;
    private final Threads threads = new Threads();
    private final Store store;
    private final List<Heap> heap = new ArrayList<>();
    private final double perSecond;
    private final PacedModel model;
    private String said;
    private String draft;
    private Desk desk;
    private MainView view;
    private Stage stage;
    private FrameMeter meter;
    private Reader reader;

    /** Opens it on an empty data folder, with a model that writes so many tokens a second. */
    StreamingWindow(Path data, int tokens, double perSecond) throws Exception {
        this.tokens = tokens;
        this.perSecond = perSecond;
        store = Store.open(data);
        model = new PacedModel(tokens, perSecond);
        on(
                () -> {
                    desk = new Desk(store, threads.tasks(), (_, _) -> model);
                    Themes.follow(desk.settings());
                    desk.settings().appearanceProperty().set(Appearance.LIGHT);
                    desk.settings().reasoningProperty().set(ReasoningDisplay.ALWAYS_OPEN);
                    stage = new Stage();
                    view = new MainView(desk, new StageSurface(stage, null, () -> {}));
                    stage.setScene(new Scene(view, WIDTH, HEIGHT));
                    stage.setX(0);
                    stage.setY(0);
                    stage.show();
                    stage.requestFocus();
                    desk.model().load(new ModelChoice.Folder(data));
                    return null;
                });
        await(() -> desk.model().ready().isPresent(), 30);
    }

    /** Asks, and returns when the whole answer is shown. */
    void stream() throws Exception {
        collect();
        on(
                () -> {
                    desk.conversation()
                            .controls()
                            .samplingProperty()
                            .set(SamplingOptions.builder().maxTokens(tokens).build());
                    desk.conversation().draft().textProperty().set("Go on for long.");
                    desk.conversation().send();
                    return null;
                });
        await(() -> desk.conversation().messages().size() == 2, 30);
        on(
                () -> {
                    view.write();
                    ConversationPane pane = find(view, ConversationPane.class).getFirst();
                    reader = new Reader(pane);
                    meter = new FrameMeter(view, this::written);
                    find(view, DocumentView.class).forEach(meter::watch);
                    meter.start();
                    reader.start();
                    return null;
                });
        long patience = 60 + (long) (2 * tokens / perSecond);
        for (double share : new double[] {0.1, 0.5, 0.99}) {
            await(() -> written() >= share * tokens, patience);
            collect();
        }
        await(() -> !desk.conversation().answering().runningProperty().get(), patience);
        on(
                () -> {
                    reader.stop();
                    meter.end();
                    MessageViewModel message = desk.conversation().messages().getLast();
                    said = message.reasoning().text() + message.answer().text();
                    draft = desk.conversation().draft().textProperty().get();
                    return null;
                });
    }

    private int written() {
        return desk.conversation().answering().progressProperty().get().tokens();
    }

    /** Shows another conversation in place of this one. */
    void leave() throws Exception {
        on(
                () -> {
                    desk.newConversation();
                    return null;
                });
        Thread.sleep(1000);
        collect();
    }

    private void collect() throws Exception {
        int now = on(this::written);
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(50);
            Runtime runtime = Runtime.getRuntime();
            used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
        }
        heap.add(new Heap(now, used));
    }

    /** The heap before, at a tenth, half and all of the answer, and after {@link #leave}. */
    List<Heap> heap() {
        return heap;
    }

    /** The frames between two shares of the answer. */
    List<Frame> frames(double from, double to) {
        return meter.frames().stream()
                .filter(f -> f.tokens() >= from * tokens && f.tokens() < to * tokens)
                .toList();
    }

    int mostNodes() {
        return meter.mostNodes();
    }

    /** Who scrolled and typed. */
    Reader reader() {
        return reader;
    }

    /** What stood in the field when the answer was complete. */
    String draft() {
        return draft;
    }

    /** What the model thought and said, as the window has it. */
    String said() {
        return said;
    }

    /** What it should have. */
    String expected() {
        return model.reasoning() + model.answer();
    }

    static <T extends Node> List<T> find(Node root, Class<T> type) {
        List<T> found = new ArrayList<>();
        if (type.isInstance(root)) {
            found.add(type.cast(root));
        }
        if (root instanceof Parent parent) {
            parent.getChildrenUnmodifiable().forEach(child -> found.addAll(find(child, type)));
        }
        return found;
    }

    static <T> T on(Supplier<T> work) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        Platform.runLater(
                () -> {
                    try {
                        result.complete(work.get());
                    } catch (RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                });
        try {
            return result.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private void await(BooleanSupplier condition, long seconds) throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (!on(condition::getAsBoolean)) {
            if (System.nanoTime() > end) {
                throw new TimeoutException("notices: " + desk.notices().notices());
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void close() throws Exception {
        on(
                () -> {
                    desk.stopAll();
                    desk.closeModel();
                    stage.close();
                    view.close();
                    return null;
                });
        threads.awaitEngine(10_000);
        store.close();
    }
}
