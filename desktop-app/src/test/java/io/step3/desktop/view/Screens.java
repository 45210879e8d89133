package io.step3.desktop.view;

import io.step3.desktop.model.Appearance;
import io.step3.desktop.model.Desk;
import io.step3.desktop.model.Language;
import io.step3.desktop.model.ModelChoice;
import io.step3.desktop.model.ScriptedModel;
import io.step3.desktop.model.SettingsViewModel;
import io.step3.desktop.model.Tasks;
import io.step3.desktop.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import javafx.application.Platform;
import javafx.scene.Scene;
import javafx.scene.SnapshotParameters;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.Pane;
import javafx.scene.transform.Transform;
import javafx.stage.Stage;
import javafx.stage.StageStyle;

/**
 * Renders the main states of the window into target/screens, to be looked at. Its answers are
 * written by hand, and say so in the model's name. Run it with {@code mvn -Pscreens}, as the README
 * says.
 */
public final class Screens {

    private static final String THOUGHT =
            "The user wants a comparison of attention variants. I recall that MFA shares one key"
                    + " and one value head, so the cache per token is small. Let me set up the"
                    + " numbers: 61 layers, 256 per head, two vectors.\n\nSo 61 × 2 × 256 = 31232"
                    + " numbers a token.";
    private static final String ANSWER =
            """
            The cache of one token is **small**, because all query heads share one key and one value:

            | Model | KV heads | Numbers per token |
            |:--|--:|--:|
            | Step3 (MFA) | 1 | 31,232 |
            | GQA, 8 heads | 8 | 249,856 |

            With $L$ layers and head size $d$ the cache takes

            $$ 2 \\cdot L \\cdot d \\cdot b \\quad\\text{bytes} $$

            ```java
            long bytes = 2L * layers * headDim * Short.BYTES; // bf16
            System.out.println(bytes);
            ```

            - [x] keys
            - [x] values
            """;

    private static final int MOST_WIDTH = 1280;

    private final Store store;
    private final Path out;
    private Desk desk;
    private MainView view;
    private Stage stage;
    private Scene scene;
    private ScriptedModel model;

    private Screens(Path out) throws Exception {
        this.out = out;
        store = Store.open(Files.createTempDirectory("screens"));
    }

    public static void main(String[] args) throws Exception {
        int status = 1;
        try {
            WindowTestBase.startToolkit();
            Path out = Path.of("target/screens");
            Files.createDirectories(out);
            new Screens(out).run();
            status = 0;
        } catch (Exception | AssertionError e) {
            e.printStackTrace();
        }
        Runtime.getRuntime().halt(status);
    }

    private static List<String> words(String text) {
        return List.of(text.split("(?<=\\s)"));
    }

    private void run() throws Exception {
        model = new ScriptedModel(words(THOUGHT), words(ANSWER), true, 4096);
        var engine = Executors.newSingleThreadExecutor();
        WindowTestBase.onFx(
                () -> {
                    desk =
                            new Desk(
                                    store,
                                    new Tasks(
                                            Platform::runLater,
                                            Platform::runLater,
                                            engine,
                                            task -> Thread.ofVirtual().start(task)),
                                    (_, _) -> model);
                    Themes.follow(desk.settings());
                    desk.settings().appearanceProperty().set(Appearance.LIGHT);
                    desk.settings().languageProperty().set(Language.ENGLISH);
                    desk.model().load(new ModelChoice.Folder(Path.of("step3-tiny")));
                });
        speak();
        Thread.sleep(500);
        shoot("empty-1280", 1280, 800);
        shoot("empty-800", 800, 600);
        WindowTestBase.onFx(
                () -> {
                    desk.conversation().draft().attach(ExamplePicture.SHAPES.png(), "shapes.png");
                    desk.conversation()
                            .draft()
                            .attach(
                                    Path.of(
                                            System.getProperty("step3.golden"),
                                            "image/p900x700.png"));
                    desk.conversation()
                            .draft()
                            .textProperty()
                            .set("How much memory does the KV cache of one token take, and why?");
                });
        Thread.sleep(1200);
        shoot("draft-1280", 1280, 800);
        WindowTestBase.onFx(() -> view.look(desk.conversation().draft().pictures().getLast()));
        Thread.sleep(600);
        shoot("seen-1280", 1280, 800);
        closeCard();
        WindowTestBase.onFx(
                () -> {
                    desk.inside().openProperty().set(true);
                    desk.conversation().send();
                });
        model.allowed.release(24);
        Thread.sleep(1500);
        shoot("thinking-1280", 1280, 800);
        shoot("thinking-800", 800, 600);
        model.allowed.release(10_000);
        Thread.sleep(2500);
        shoot("answer-1280", 1280, 800);
        shoot("answer-800-at-200", 800, 600, 2);
        scrollInside(0.75);
        shoot("inside-1280", 1280, 800);
        WindowTestBase.onFx(() -> desk.settings().appearanceProperty().set(Appearance.DARK));
        scrollInside(1);
        shoot("dark-inside-1280", 1280, 800);
        WindowTestBase.onFx(() -> desk.settings().appearanceProperty().set(Appearance.LIGHT));
        scrollInside(0);
        WindowTestBase.onFx(() -> desk.inside().openProperty().set(false));
        shoot("answer-800", 800, 600);
        WindowTestBase.onFx(() -> desk.settings().appearanceProperty().set(Appearance.DARK));
        shoot("dark-1280", 1280, 800);
        WindowTestBase.onFx(() -> desk.inside().openProperty().set(true));
        card(KeyCode.COMMA, "dark-settings-1280");
        WindowTestBase.onFx(
                () -> {
                    desk.inside().openProperty().set(false);
                    desk.settings().appearanceProperty().set(Appearance.LIGHT);
                });
        card(KeyCode.COMMA, "settings-1280");
        card(KeyCode.P, "controls-1280");
        card(KeyCode.M, "models-1280");
        card(KeyCode.F1, "shortcuts-1280");
        WindowTestBase.onFx(() -> desk.settings().languageProperty().set(Language.CHINESE));
        speak();
        Thread.sleep(800);
        shoot("chinese-1280", 1280, 800);
        card(KeyCode.P, "chinese-controls-1280");
        WindowTestBase.onFx(() -> desk.sidebar().queryProperty().set("cache"));
        WindowTestBase.onFx(() -> desk.notices().error("磁盘已满"));
        Thread.sleep(800);
        shoot("chinese-search-800", 800, 600);
        WindowTestBase.onFx(
                () -> {
                    desk.sidebar().queryProperty().set("");
                    desk.settings().textSizeProperty().set(24);
                });
        shoot("chinese-large-1280", 1280, 800);
        WindowTestBase.onFx(
                () -> desk.settings().textSizeProperty().set(SettingsViewModel.USUAL_TEXT));
        shoot("chinese-1920", 1920, 1080);
        shoot("chinese-1920-at-200", 1920, 1080, 2);
        WindowTestBase.onFx(() -> desk.settings().languageProperty().set(Language.ENGLISH));
        speak();
        WindowTestBase.onFx(() -> desk.inside().openProperty().set(true));
        Thread.sleep(800);
        shoot("answer-3840", 3840, 2160);
        WindowTestBase.onFx(() -> desk.settings().appearanceProperty().set(Appearance.DARK));
        shoot("dark-3840", 3840, 2160);
        WindowTestBase.onFx(() -> desk.newConversation());
        shoot("dark-empty-3840", 3840, 2160);
    }

    private void speak() throws Exception {
        WindowTestBase.onFx(
                () -> {
                    view = new MainView(desk, new WindowTestBase.TestSurface());
                    if (scene == null) {
                        scene = new Scene(view, 1280, 800);
                        stage = new Stage(StageStyle.UNDECORATED);
                        stage.setScene(scene);
                        stage.show();
                    } else {
                        scene.setRoot(view);
                    }
                });
    }

    private void scrollInside(double share) throws Exception {
        WindowTestBase.onFx(
                () ->
                        ((InsideView)
                                        WindowTestBase.all(view).stream()
                                                .filter(InsideView.class::isInstance)
                                                .findFirst()
                                                .orElseThrow())
                                .setVvalue(share));
    }

    private void card(KeyCode code, String name) throws Exception {
        WindowTestBase.onFx(
                () ->
                        view.fireEvent(
                                new KeyEvent(
                                        KeyEvent.KEY_PRESSED,
                                        "",
                                        "",
                                        code,
                                        false,
                                        code != KeyCode.F1,
                                        false,
                                        false)));
        Thread.sleep(400);
        shoot(name, 1280, 800);
        closeCard();
    }

    private void closeCard() throws Exception {
        WindowTestBase.onFx(
                () ->
                        ((Overlay)
                                        WindowTestBase.all(view).stream()
                                                .filter(Overlay.class::isInstance)
                                                .findFirst()
                                                .orElseThrow())
                                .close());
    }

    private void shoot(String name, int width, int height) throws Exception {
        shoot(name, width, height, 1);
    }

    /** The headless screen is small: what is larger is drawn without a window. */
    private void resize(int width, int height) {
        if (width > MOST_WIDTH) {
            view.getScene().setRoot(new Pane());
            scene = new Scene(view, width, height);
        } else {
            stage.setWidth(width);
            stage.setHeight(height);
        }
    }

    /** As a screen with this scale shows it: the same window, drawn that much larger. */
    private void shoot(String name, int width, int height, int scale) throws Exception {
        WindowTestBase.onFx(() -> resize(width, height));
        // Formulas are drawn in the background, and heights become known frame by frame.
        Thread.sleep(700);
        SnapshotParameters larger = new SnapshotParameters();
        larger.setTransform(Transform.scale(scale, scale));
        byte[] png = null;
        for (int i = 0; i < 4; i++) {
            // Each one is a layout too, where there is no window.
            png = WindowTestBase.on(() -> PngBytes.of(view.snapshot(larger, null)));
            Thread.sleep(100);
        }
        Files.write(out.resolve(name + ".png"), png);
        System.out.println(name);
    }
}
