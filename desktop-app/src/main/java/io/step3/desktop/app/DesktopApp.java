package io.step3.desktop.app;

import io.step3.desktop.model.Desk;
import io.step3.desktop.model.Language;
import io.step3.desktop.model.ModelChoice;
import io.step3.desktop.model.ModelLoader;
import io.step3.desktop.model.StoreSentences;
import io.step3.desktop.model.WindowPlace;
import io.step3.desktop.model.Words;
import io.step3.desktop.store.Store;
import io.step3.desktop.store.StoreException;
import io.step3.desktop.view.MainView;
import io.step3.desktop.view.StageSurface;
import io.step3.desktop.view.Surface;
import io.step3.desktop.view.Themes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javafx.application.Application;
import javafx.application.Platform;
import javafx.geometry.Rectangle2D;
import javafx.scene.Scene;
import javafx.scene.image.Image;
import javafx.stage.Screen;
import javafx.stage.Stage;

/** Wires store, model and window together. */
public final class DesktopApp extends Application {

    /** The window closes within two seconds; what is left after this is for the disk. */
    private static final long ENGINE_PATIENCE = 1100;

    private static final long STORE_PATIENCE = 600;
    private static final long EXIT_PATIENCE = 200;

    /** So long a window that closes may hold the data folder. */
    private static final long CLOSING_PATIENCE = 5000;

    private static final long CLOSING_STEP = 100;

    private final Threads threads = new Threads();
    private Stage stage;
    private Store store;
    private LogFile log;
    private Surface surface;
    private Desk desk;
    private MainView view;
    private boolean quitting;

    /** For JavaFX. */
    public DesktopApp() {}

    @Override
    public void start(Stage primary) {
        stage = primary;
        stage.setTitle("Step3");
        try (InputStream icon = DesktopApp.class.getResourceAsStream("icon.png")) {
            stage.getIcons().add(new Image(icon));
        } catch (IOException e) {
            // A window without an icon is a window all the same.
        }
        surface = new StageSurface(stage, getHostServices(), this::quit);
        Arguments arguments = Arguments.parse(getParameters().getRaw());
        open(arguments.data(), arguments.model().map(ModelChoice.Folder::new), Store::open);
    }

    private interface Opener {
        Store open(Path data) throws StoreException;
    }

    private void open(Path data, Optional<ModelChoice> model, Opener opener) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                openOrShow(data, model, opener);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            } catch (StoreException e) {
                                fail(e, data, model);
                            }
                        });
    }

    /** Waits for a window that is closing, and has one that is open come to the front. */
    private void openOrShow(Path data, Optional<ModelChoice> model, Opener opener)
            throws StoreException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSING_PATIENCE);
        while (true) {
            try {
                Store store = opener.open(data);
                Platform.runLater(() -> show(store, model));
                return;
            } catch (StoreException.InUse e) {
                if (e.askToShow()) {
                    Platform.runLater(Platform::exit);
                    return;
                }
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
            Thread.sleep(CLOSING_STEP);
        }
    }

    private void fail(StoreException why, Path data, Optional<ModelChoice> model) {
        Words words = new Words(Language.ofSystem());
        List<StartFailure.Way> ways = new ArrayList<>();
        if (why instanceof StoreException.DatabaseLost lost) {
            lost.backup()
                    .ifPresent(
                            copy ->
                                    ways.add(
                                            new StartFailure.Way(
                                                    words.text("start.copy", copy.getFileName()),
                                                    () -> open(data, model, Store::openBackup))));
            ways.add(
                    new StartFailure.Way(
                            words.text("start.anew"), () -> open(data, model, Store::openAnew)));
        }
        Platform.runLater(
                () ->
                        new StartFailure(words, surface)
                                .show(
                                        stage,
                                        StoreSentences.of(why, words),
                                        () -> open(data, model, Store::open),
                                        ways,
                                        other -> open(other, model, Store::open)));
    }

    private void show(Store store, Optional<ModelChoice> model) {
        this.store = store;
        desk = new Desk(store, threads.tasks(), ModelLoader::local);
        log = new LogFile(desk.settings().logFile(), this::tellOfLog);
        log.install();
        store.whenAskedToShow(() -> Platform.runLater(surface::toFront));
        Themes.follow(desk.settings());
        Scene scene = new Scene(new javafx.scene.layout.StackPane(), 1180, 780);
        desk.settings().languageProperty().subscribe(_ -> speak(scene));
        stage.setScene(scene);
        stage.setMinWidth(640);
        stage.setMinHeight(480);
        place();
        stage.setOnCloseRequest(
                event -> {
                    event.consume();
                    quit();
                });
        stage.show();
        Platform.runLater(this::bringInside);
        view.write();
        model.or(desk.model()::preferred).ifPresent(desk.model()::load);
    }

    private void tellOfLog() {
        Platform.runLater(
                () ->
                        desk.unexpected(
                                log.file(), () -> surface.browse(log.file().toUri().toString())));
    }

    /** Another language is another view of the same desk. */
    private void speak(Scene scene) {
        MainView old = view;
        view = new MainView(desk, surface);
        scene.setRoot(view);
        if (old != null) {
            old.close();
        }
    }

    /** Where it was, as far as a screen is still there. */
    private void place() {
        desk.settings()
                .windowPlace()
                .ifPresent(
                        place -> {
                            stage.setMaximized(place.maximized());
                            bounds(Placement.of(place, screens()));
                        });
    }

    /** A window manager may centre a window that is larger than the screen beyond its edges. */
    private void bringInside() {
        if (!stage.isMaximized()) {
            var place =
                    new WindowPlace(
                            stage.getX(), stage.getY(), stage.getWidth(), stage.getHeight(), false);
            bounds(Placement.of(place, screens()));
        }
    }

    private void bounds(Rectangle2D bounds) {
        stage.setX(bounds.getMinX());
        stage.setY(bounds.getMinY());
        stage.setWidth(bounds.getWidth());
        stage.setHeight(bounds.getHeight());
    }

    private static List<Rectangle2D> screens() {
        return Screen.getScreens().stream().map(Screen::getVisualBounds).toList();
    }

    private void quit() {
        if (quitting) {
            return;
        }
        quitting = true;
        store.stopShowing();
        desk.settings()
                .keepWindowPlace(
                        new WindowPlace(
                                stage.getX(),
                                stage.getY(),
                                stage.getWidth(),
                                stage.getHeight(),
                                stage.isMaximized()));
        desk.stopAll();
        desk.closeModel();
        stage.hide();
        Thread.ofPlatform().name("step3-quit").start(this::end);
    }

    /** Stops the engine, then saves; what hangs is left behind. */
    private void end() {
        try {
            threads.awaitEngine(ENGINE_PATIENCE);
            Thread saving = Thread.ofVirtual().start(desk::close);
            saving.join(STORE_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // In order, so that files half written are taken away; but not for long.
            Thread.ofPlatform().daemon().start(() -> System.exit(0));
            haltSoon();
        }
    }

    private static void haltSoon() {
        try {
            Thread.sleep(EXIT_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(0);
    }
}
