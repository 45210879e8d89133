package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.fail;

import io.step3.chat.ChatModel;
import io.step3.desktop.HeadlessToolkit;
import io.step3.desktop.model.Desk;
import io.step3.desktop.model.ModelChoice;
import io.step3.desktop.model.ModelLoader;
import io.step3.desktop.model.Tasks;
import io.step3.desktop.store.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javafx.application.Platform;
import javafx.event.Event;
import javafx.event.EventTarget;
import javafx.scene.Node;
import javafx.scene.Parent;
import javafx.scene.Scene;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.stage.Stage;
import javafx.stage.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A window on the headless platform. */
abstract class WindowTestBase {

    private static final long PATIENCE_NANOS = 30_000_000_000L;

    @TempDir Path folder;

    private final ExecutorService engine =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    Store store;
    Desk desk;
    MainView view;
    Stage stage;
    TestSurface surface;

    /** The world, as a test wants it. */
    static final class TestSurface implements Surface {
        List<Path> pictures = List.of();
        final List<String> browsed = new ArrayList<>();

        @Override
        public List<Path> choosePictures(String title, String filter) {
            return pictures;
        }

        @Override
        public Optional<Path> chooseFolder(String title) {
            return Optional.empty();
        }

        @Override
        public Optional<Path> chooseFile(String title, String extension) {
            return Optional.empty();
        }

        @Override
        public Optional<Path> chooseTarget(String title, String name, String extension) {
            return Optional.empty();
        }

        @Override
        public void browse(String link) {
            browsed.add(link);
        }

        @Override
        public void cutRegion(
                String hint, Consumer<javafx.scene.image.Image> taken, Runnable failed) {
            failed.run();
        }

        @Override
        public void toFront() {}

        @Override
        public void quit() {}
    }

    @BeforeAll
    static void startToolkit() throws InterruptedException {
        HeadlessToolkit.start();
    }

    /** Opens a window on the data folder of the test. */
    void open(ModelLoader loader, ModelChoice choice) throws Exception {
        store = Store.open(folder.resolve("data"));
        surface = new TestSurface();
        onFx(
                () -> {
                    desk =
                            new Desk(
                                    store,
                                    new Tasks(
                                            WindowTestBase::run,
                                            Platform::runLater,
                                            engine,
                                            task -> Thread.ofVirtual().start(task)),
                                    loader);
                    view = new MainView(desk, surface);
                    stage = new Stage();
                    stage.setScene(new Scene(view, 980, 760));
                    stage.show();
                    desk.model().load(choice);
                });
        await(() -> desk.model().ready().isPresent());
    }

    void open(ChatModel model) throws Exception {
        open((_, _) -> model, new ModelChoice.Folder(folder));
    }

    private static void run(Runnable task) {
        if (Platform.isFxApplicationThread()) {
            task.run();
        } else {
            Platform.runLater(task);
        }
    }

    static void onFx(Runnable work) throws Exception {
        on(
                () -> {
                    work.run();
                    return null;
                });
    }

    static <T> T on(Supplier<T> work) throws Exception {
        var result = new AtomicReference<T>();
        var failure = new AtomicReference<Throwable>();
        var done = new CountDownLatch(1);
        Platform.runLater(
                () -> {
                    try {
                        result.set(work.get());
                    } catch (Throwable e) {
                        failure.set(e);
                    } finally {
                        done.countDown();
                    }
                });
        done.await();
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        return result.get();
    }

    void await(BooleanSupplier condition) throws Exception {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!on(condition::getAsBoolean)) {
            if (System.nanoTime() > end) {
                fail(
                        "it did not come: "
                                + on(
                                        () ->
                                                "notices "
                                                        + desk.notices().notices()
                                                        + ", windows "
                                                        + Window.getWindows()
                                                        + ", focus "
                                                        + stage.getScene().getFocusOwner()));
            }
            Thread.sleep(15);
        }
    }

    /** Says something in the conversation on show, and waits until it is answered. */
    void answer(String text) throws Exception {
        int before = on(() -> desk.conversation().messages().size());
        onFx(
                () -> {
                    desk.conversation().draft().textProperty().set(text);
                    desk.conversation().send();
                });
        await(() -> desk.conversation().messages().size() == before + 2);
        await(() -> !desk.conversation().answering().runningProperty().get());
        await(() -> !desk.conversation().messages().getLast().isStreaming());
    }

    /** Presses a key where the focus is. */
    void press(KeyCode code, boolean shift, boolean shortcut, boolean alt) throws Exception {
        onFx(
                () -> {
                    Scene scene = stage.getScene();
                    // As JavaFX does it: until the next pulse the scene may still name a node that
                    // has left it.
                    Node owner = scene.getFocusOwner();
                    EventTarget target = owner != null && owner.getScene() == scene ? owner : scene;
                    Event.fireEvent(
                            target,
                            new KeyEvent(
                                    KeyEvent.KEY_PRESSED,
                                    "",
                                    "",
                                    code,
                                    shift,
                                    shortcut,
                                    alt,
                                    false));
                });
    }

    static List<Node> all(Node root) {
        List<Node> nodes = new ArrayList<>(List.of(root));
        if (root instanceof Parent parent) {
            parent.getChildrenUnmodifiable().forEach(child -> nodes.addAll(all(child)));
        }
        return nodes;
    }

    @AfterEach
    void close() throws Exception {
        if (desk != null) {
            onFx(
                    () -> {
                        desk.stopAll();
                        desk.closeModel();
                    });
            engine.shutdown();
            engine.awaitTermination(10, java.util.concurrent.TimeUnit.SECONDS);
            onFx(
                    () -> {
                        stage.close();
                        view.close();
                    });
        }
        if (store != null) {
            store.close();
        }
    }
}
