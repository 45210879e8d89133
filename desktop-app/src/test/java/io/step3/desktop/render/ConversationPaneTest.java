package io.step3.desktop.render;

import static io.step3.desktop.render.Toolkit.onFx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.markdown.MarkdownStream;

import javafx.event.Event;
import javafx.scene.Node;
import javafx.scene.Parent;
import javafx.scene.Scene;
import javafx.scene.control.Label;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.VBox;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class ConversationPaneTest {

    private static final int WIDTH = 700;
    private static final int HEIGHT = 600;

    private final ConversationPane pane = onFx(() -> new ConversationPane(RenderTexts.english()));
    private final RenderSettings settings = Toolkit.settings();
    private final List<DocumentView> views = new ArrayList<>();

    private void scene() {
        var scene = new Scene(pane, WIDTH, HEIGHT);
        scene.getRoot().applyCss();
        layout();
    }

    private void layout() {
        pane.getScene().getRoot().applyCss();
        pane.layout();
    }

    private DocumentView message(String markdown) {
        var view = new DocumentView(settings);
        view.setBlocks(MarkdownStream.parse(markdown));
        pane.add(new VBox(new Label("somebody"), view), view);
        views.add(view);
        return view;
    }

    private static int nodes(Node node) {
        int count = 1;
        if (node instanceof Parent parent) {
            for (Node child : parent.getChildrenUnmodifiable()) {
                count += nodes(child);
            }
        }
        return count;
    }

    /** A piece of an answer with all kinds of blocks. */
    static String section(int number) {
        return """
               ## Section %1$d

               A paragraph of **section %1$d** with *some* words, `code`, $x_{%1$d}^2$ and a [link](https://example.com/%1$d); it is long enough to wrap around at the end of the line at least once.

               - an item
               - another item, which is longer than the one before and so on and so forth until it wraps

               ```java
               int value%1$d = %1$d; // a comment
               String text = "some text";
               ```

               | a | b |
               |---|---|
               | %1$d | words |

               """
                .formatted(number);
    }

    @Test
    void theWorkForOnePieceDoesNotGrowWithTheText() {
        var random = new Random(1);
        var text = new StringBuilder();
        for (int i = 0; text.length() < 210_000; i++) {
            text.append(section(i));
        }
        onFx(
                () -> {
                    DocumentView view = message("");
                    scene();
                    var stream = new MarkdownStream();
                    var costs = new ArrayList<Long>();
                    int mostNodes = 0;
                    for (int at = 0; at < 200_000; ) {
                        int end = at + 60 + random.nextInt(120);
                        var patch = stream.append(text.substring(at, end));
                        at = end;
                        long start = System.nanoTime();
                        view.apply(patch);
                        layout();
                        costs.add(System.nanoTime() - start);
                        if (costs.size() % 50 == 0) {
                            mostNodes = Math.max(mostNodes, nodes(pane));
                        }
                    }
                    // The very first pieces warm the virtual machine up and fill the screen.
                    double early = median(costs, 0.1, 0.25);
                    double late = median(costs, 0.85, 1.0);
                    System.out.printf(
                            "FX work per piece: early %.2f ms, late %.2f ms, at most %d nodes%n",
                            early, late, mostNodes);
                    assertTrue(late < 2 * early, "early " + early + " ms, late " + late + " ms");
                    assertTrue(mostNodes < 4000, "nodes: " + mostNodes);
                    assertTrue(pane.followingProperty().get());
                });
    }

    private static double median(List<Long> costs, double from, double to) {
        long[] part =
                costs.subList((int) (costs.size() * from), (int) (costs.size() * to)).stream()
                        .mapToLong(Long::longValue)
                        .sorted()
                        .toArray();
        return part[part.length / 2] / 1e6;
    }

    @Test
    void oneHugeParagraphOrCodeStaysCheap() {
        String words = "The model goes on and on without ever ending the paragraph. ";
        onFx(
                () -> {
                    for (String start : List.of("", "```java\n", "- item ", "> ```\n> ")) {
                        views.clear();
                        pane.clear();
                        DocumentView view = message("");
                        if (pane.getScene() == null) {
                            scene();
                        }
                        var stream = new MarkdownStream();
                        view.apply(stream.append(start));
                        String piece = start.contains("`") ? "int x = 1; // why\n" : words;
                        piece = start.startsWith(">") ? piece + "> " : piece;
                        var costs = new ArrayList<Long>();
                        var parses = new ArrayList<Long>();
                        for (int size = 0; size < 200_000; size += 120) {
                            long begin = System.nanoTime();
                            var patch =
                                    stream.append(piece.repeat(Math.max(1, 120 / piece.length())));
                            long parsed = System.nanoTime();
                            view.apply(patch);
                            layout();
                            costs.add(System.nanoTime() - parsed);
                            parses.add(parsed - begin);
                        }
                        double early = median(costs, 0.1, 0.25);
                        double late = median(costs, 0.85, 1);
                        System.out.printf(
                                "%-12s FX early %.2f ms, late %.2f ms; parse early %.2f ms, late %.2f ms%n",
                                start.strip(),
                                early,
                                late,
                                median(parses, 0.1, 0.25),
                                median(parses, 0.85, 1));
                        assertTrue(late < 2 * early + 1, start + early + " " + late);
                        assertTrue(
                                median(parses, 0.85, 1) < 2 * median(parses, 0.1, 0.25) + 1, start);
                    }
                });
    }

    @Test
    void farMessagesAndBlocksHaveNoNodes() {
        onFx(
                () -> {
                    for (int i = 0; i < 200; i++) {
                        message(section(i) + section(i) + section(i));
                    }
                    scene();
                    int atEnd = nodes(pane);
                    assertTrue(atEnd < 3000, "nodes: " + atEnd);
                    assertTrue(views.getLast().shownBlocks() > 0);
                    assertEquals(0, views.getFirst().shownBlocks());
                    pane.scrollBy(-1e9);
                    layout();
                    assertTrue(views.getFirst().shownBlocks() > 0);
                    assertEquals(0, views.getLast().shownBlocks());
                });
    }

    @Test
    void itFollowsTheEndOnlyWhileTheReaderIsThere() {
        onFx(
                () -> {
                    DocumentView view = message(section(1) + section(2) + section(3));
                    scene();
                    var stream = new MarkdownStream();
                    double atEnd = pane.scrollOffset();
                    assertTrue(atEnd > 0);

                    pane.scrollBy(-30);
                    layout();
                    assertFalse(pane.followingProperty().get());
                    view.apply(stream.append("unused"));
                    double there = pane.scrollOffset();
                    var longer =
                            MarkdownStream.parse(section(1) + section(2) + section(3) + section(4));
                    view.setBlocks(longer);
                    layout();
                    assertEquals(there, pane.scrollOffset(), 1, "what is read moved");

                    pane.jumpToEnd();
                    layout();
                    assertTrue(pane.followingProperty().get());
                    assertTrue(pane.scrollOffset() > atEnd);

                    pane.scrollBy(-200);
                    layout();
                    pane.scrollBy(1e6);
                    assertTrue(pane.followingProperty().get(), "scrolled back to the end by hand");
                });
    }

    @Test
    void whatIsReadStaysInPlaceWhileScrollingUpThroughUnknownHeights() {
        onFx(
                () -> {
                    for (int i = 0; i < 60; i++) {
                        message(section(i) + section(i + 1));
                    }
                    scene();
                    // Wherever a block is on the screen, scrolling by n moves it by n.
                    for (int step = 0; step < 100; step++) {
                        DocumentView seen = null;
                        double before = 0;
                        for (DocumentView view : views) {
                            if (view.getScene() != null && view.shownBlocks() > 0) {
                                double y = view.localToScene(0, view.topOf(0)).getY();
                                if (y > 150 && y < HEIGHT) {
                                    seen = view;
                                    before = y;
                                }
                            }
                        }
                        pane.scrollBy(-70);
                        layout();
                        if (seen != null && pane.scrollOffset() > 0) {
                            double after = seen.localToScene(0, seen.topOf(0)).getY();
                            assertEquals(before + 70, after, 2, "step " + step);
                        }
                    }
                });
    }

    @Test
    void selectionGoesAcrossBlocksAndMessages() {
        onFx(
                () -> {
                    message("First **bold** words.\n\n- one\n- two");
                    message("Second `message`.\n\n```java\nint x;\nint y;\n```");
                    scene();
                    pane.select(new TextPosition(0, 0, 6), new TextPosition(1, 1, 6));
                    assertTrue(pane.selectingProperty().get());
                    assertEquals(
                            "bold words.\n\n• one\n• two\n\nSecond message.\n\nint x;",
                            pane.selection().plain());
                    assertEquals(
                            """
                            **bold** words.

                            - one
                            - two

                            Second `message`.

                            ```java
                            int x;
                            ```
                            """,
                            pane.selection().markdown());
                    assertEquals(
                            "<p><strong>bold</strong> words.</p><ul><li><p>one</p></li><li>two</li></ul>"
                                    + "<p>Second <code>message</code>.</p>"
                                    + "<pre><code class=\"language-java\">int x;</code></pre>",
                            pane.selection().html());
                    pane.selectAll();
                    assertTrue(pane.selection().plain().startsWith("First bold"));
                    assertTrue(pane.selection().plain().endsWith("int y;"));
                    pane.clearSelection();
                    assertEquals(List.of(), pane.selection().blocks());
                });
    }

    @Test
    void theMouseFindsEachCharacterAndTheKeyboardMovesOverIt() {
        onFx(
                () -> {
                    DocumentView view =
                            message(
                                    "Some words in a paragraph.\n\n| a | bb |\n|---|---|\n| cell | d |\n\n"
                                            + "```\nline one\nline two\n```\n\n> quoted");
                    scene();
                    for (int block = 0; block < view.blocks().size(); block++) {
                        int length = view.blocks().get(block).text().length();
                        for (int offset = 0; offset <= length; offset++) {
                            var caret = view.caretAt(block, offset);
                            var found =
                                    view.positionAt(0, caret.getMinX() + 0.5, caret.getCenterY());
                            assertEquals(new TextPosition(0, block, offset), found);
                        }
                    }
                    pane.select(new TextPosition(0, 0, 0), new TextPosition(0, 0, 4));
                    press(KeyCode.RIGHT, false);
                    assertEquals("Some ", pane.selection().plain());
                    press(KeyCode.RIGHT, true);
                    assertEquals("Some words", pane.selection().plain());
                    press(KeyCode.END, false);
                    assertEquals("Some words in a paragraph.", pane.selection().plain());
                    press(KeyCode.DOWN, false);
                    assertTrue(pane.selection().plain().contains("bb"), pane.selection().plain());
                    press(KeyCode.UP, false);
                    press(KeyCode.HOME, false);
                    assertEquals("", pane.selection().plain());
                });
    }

    private void press(KeyCode code, boolean control) {
        Event.fireEvent(
                pane,
                new KeyEvent(KeyEvent.KEY_PRESSED, "", "", code, true, control, false, false));
    }

    @Test
    void nothingIsSelectedAtFirst() {
        onFx(
                () -> {
                    assertNull(pane.positionAt(10, 10));
                    message("words");
                    scene();
                    assertFalse(pane.selectingProperty().get());
                    pane.copySelection();
                });
    }

    @Test
    void everyNodeThatTakesTheFocusHasARoleAndAText() {
        onFx(
                () -> {
                    message(Samples.TOUR);
                    scene();
                    pane.scrollBy(-1e9);
                    layout();
                    var bad = new ArrayList<Node>();
                    collect(pane, bad);
                    assertEquals(List.of(), bad);
                });
    }

    private static void collect(Node node, List<Node> bad) {
        String text = node.getAccessibleText();
        boolean named =
                text != null
                        || node instanceof javafx.scene.control.Labeled labeled
                                && !labeled.getText().isEmpty();
        if (node.isFocusTraversable() && (node.getAccessibleRole() == null || !named)) {
            bad.add(node);
        }
        if (node instanceof Parent parent) {
            parent.getChildrenUnmodifiable().forEach(child -> collect(child, bad));
        }
    }

    @Test
    void columnsShareTheRoom() {
        assertEquals("[50.0, 60.0]", Arrays.toString(TableContent.fit(new double[] {50, 60}, 200)));
        double[] fitted = TableContent.fit(new double[] {50, 900, 400}, 600);
        assertEquals(50, fitted[0]);
        assertEquals(600, fitted[0] + fitted[1] + fitted[2], 2);
        double[] wide = TableContent.fit(new double[] {500, 500, 500, 500}, 300);
        assertTrue(wide[0] >= 120, "still readable");
    }
}
