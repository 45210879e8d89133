package io.step3.desktop.render;

import static io.step3.desktop.render.Toolkit.onFx;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.markdown.MarkdownStream;
import java.util.ArrayList;
import java.util.List;
import javafx.application.Platform;
import javafx.geometry.Point2D;
import javafx.geometry.VerticalDirection;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.input.Clipboard;
import javafx.scene.input.KeyCode;
import javafx.scene.input.MouseButton;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.testfx.api.FxRobot;
import org.testfx.util.WaitForAsyncUtils;

/** What a reader does with mouse and keyboard, in a window. */
class ReaderJourneyTest {

    private final FxRobot robot = new FxRobot();
    private final List<String> opened = new ArrayList<>();
    private Stage stage;
    private ConversationPane pane;
    private DocumentView first;

    @BeforeEach
    void open() {
        onFx(
                () -> {
                    var settings =
                            new RenderSettings(
                                    opened::add,
                                    new Formulas(Runnable::run, Platform::runLater),
                                    RenderTexts.english());
                    pane = new ConversationPane(RenderTexts.english());
                    first = new DocumentView(settings);
                    first.setBlocks(
                            MarkdownStream.parse(
                                    "Some words, a [link](https://example.com/x).\n\n"
                                            + "```java\nint x;\n```\n\nSecond paragraph."));
                    var second = new DocumentView(settings);
                    second.setBlocks(MarkdownStream.parse(Samples.TOUR));
                    pane.add(first, first);
                    pane.add(second, second);
                    stage = new Stage();
                    stage.setScene(new Scene(pane, 600, 400));
                    stage.setX(0);
                    stage.setY(0);
                    stage.show();
                });
        WaitForAsyncUtils.waitForFxEvents();
    }

    @AfterEach
    void close() {
        onFx(stage::hide);
    }

    private void toTop() {
        onFx(
                () -> {
                    pane.applyCss();
                    pane.layout();
                    pane.scrollBy(-1e9);
                    pane.layout();
                });
        WaitForAsyncUtils.waitForFxEvents();
    }

    private Point2D at(int block, int offset) {
        return onFx(
                () -> {
                    var caret = first.caretAt(block, offset);
                    return first.localToScreen(caret.getMinX(), caret.getCenterY());
                });
    }

    @Test
    void dragAndCopyTakesTheTextBetween() {
        toTop();
        robot.drag(at(0, 5), MouseButton.PRIMARY).moveTo(at(2, 6)).drop();
        robot.press(KeyCode.CONTROL).type(KeyCode.C).release(KeyCode.CONTROL);
        WaitForAsyncUtils.waitForFxEvents();
        onFx(
                () -> {
                    Clipboard clipboard = Clipboard.getSystemClipboard();
                    assertEquals("words, a link.\n\nint x;\n\nSecond", clipboard.getString());
                    assertTrue(clipboard.getHtml().contains("href=\"https://example.com/x\""));
                    assertEquals(
                            "words, a [link](https://example.com/x).\n\n```java\nint x;\n```\n\nSecond\n",
                            clipboard.getContent(ConversationPane.MARKDOWN));
                });
        assertEquals(List.of(), opened);
    }

    @Test
    void doubleClickTakesTheWordAndTripleClickTheParagraph() {
        toTop();
        robot.moveTo(at(2, 3)).doubleClickOn(MouseButton.PRIMARY);
        assertEquals("Second", onFx(() -> pane.selection().plain()));
        robot.clickOn(MouseButton.PRIMARY);
        WaitForAsyncUtils.waitForFxEvents();
        assertEquals("Second paragraph.", onFx(() -> pane.selection().plain()));
    }

    @Test
    void aLinkIsAskedForNotOpened() {
        toTop();
        robot.clickOn(at(0, 16), MouseButton.PRIMARY);
        WaitForAsyncUtils.waitForFxEvents();
        assertEquals(List.of("https://example.com/x"), opened);
    }

    @Test
    void theWheelLetsGoAndTheButtonComesBack() {
        assertTrue(onFx(() -> pane.followingProperty().get()));
        robot.moveTo(pane).scroll(3, VerticalDirection.UP);
        WaitForAsyncUtils.waitForFxEvents();
        assertFalse(onFx(() -> pane.followingProperty().get()));
        Button jump = robot.lookup(".md-jump").queryButton();
        assertTrue(jump.isVisible());
        robot.clickOn(jump);
        WaitForAsyncUtils.waitForFxEvents();
        assertTrue(onFx(() -> pane.followingProperty().get()));
        assertFalse(jump.isVisible());
    }

    @Test
    void theCopyButtonTakesTheCode() {
        toTop();
        robot.clickOn(robot.lookup(".md-code-copy").<Button>query());
        WaitForAsyncUtils.waitForFxEvents();
        assertEquals("int x;", onFx(() -> Clipboard.getSystemClipboard().getString()));
    }

    @Test
    void codeAndFormulasDoNotStartTheOtherToolkit() {
        toTop();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            assertFalse(thread.getName().startsWith("AWT-"), thread.getName());
        }
    }
}
