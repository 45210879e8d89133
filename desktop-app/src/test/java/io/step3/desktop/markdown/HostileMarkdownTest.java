package io.step3.desktop.markdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Text made to stop the reader: it costs what other text costs, and reads the same in pieces. */
class HostileMarkdownTest {

    private static final int CHARS = 40_000;

    private static String lines(int count, IntFunction<String> line) {
        return IntStream.range(0, count).mapToObj(line).collect(Collectors.joining("\n"));
    }

    private static String table(int columns, int rows) {
        return "|".repeat(columns + 1)
                + "\n"
                + "|-".repeat(columns)
                + "|\n"
                + ("|a".repeat(columns) + "\n").repeat(rows);
    }

    private static Map<String, String> texts() {
        var texts = new LinkedHashMap<String, String>();
        for (String sign :
                List.of(
                        "\\(",
                        "\\[",
                        "$",
                        "$$",
                        "$a",
                        "$$a",
                        "\\\\(",
                        "\\begin{align}",
                        "[",
                        "![",
                        "[a](",
                        "[a](<b",
                        "![a](",
                        "[a][",
                        "[a]: b\n",
                        "> [a]: b\n",
                        "[^a]: b\n",
                        "[^a]",
                        "*a ",
                        "a**b",
                        "*_",
                        "***a",
                        "_a_",
                        "~~a ",
                        "`",
                        "`a",
                        "``a`",
                        "<",
                        "<!--",
                        "<a b='",
                        "<?",
                        "<a@b.c",
                        "&",
                        "&#x",
                        "&amp;",
                        "&#99999999;",
                        "\\",
                        "> ",
                        ">",
                        ">\n",
                        "- ",
                        "-\n",
                        "1. ",
                        "1.\n",
                        "* - + ",
                        "\t",
                        "\n",
                        "a\n",
                        "a\n=\n",
                        "=\n",
                        "-\n\n",
                        "#\n",
                        "```\n",
                        "~~~\n\n",
                        "$$\n",
                        "\\[\n",
                        "|",
                        "|\n",
                        "| a |\n|---|\n",
                        "a|b\n",
                        "www.",
                        "http://",
                        "https://a.b/",
                        "a@",
                        "a.",
                        "\u202e",
                        "\u0301",
                        "\ud83d\ude00",
                        "中**（",
                        "*（a）*中",
                        "- [ ] a\n",
                        "\\begin{matrix}\n",
                        "<br>",
                        "]",
                        "](",
                        ")](",
                        "[[a]]",
                        "{",
                        "\u0000")) {
            texts.put(sign, sign.repeat(CHARS / sign.length()));
        }
        texts.put("quotes in quotes", lines(400, i -> "> ".repeat(i % 200) + "a"));
        texts.put("lists in lists", lines(300, i -> "  ".repeat(i % 150) + "- a"));
        texts.put("runs of backticks", lines(300, i -> "`".repeat(i) + "a"));
        texts.put("many definitions", lines(4000, i -> "[a" + i + "]: b") + "[a1] ".repeat(2000));
        texts.put(
                "definitions of all before",
                lines(200, i -> "[b" + i + "] ".repeat(20) + "\n")
                        + lines(200, i -> "[b" + i + "]: http://c.example/" + i + "\n\nx\n"));
        texts.put("a long label", "[" + "a".repeat(CHARS));
        texts.put("a long title", "[a]: b '" + "c\n".repeat(CHARS / 2));
        texts.put("a wide table", table(1600, 3));
        texts.put("a wider table", table(5000, 20));
        texts.put("a long row", "|a|b|\n|-|-|\n" + "|c ".repeat(CHARS / 3));
        texts.put("a long cell", "|a|b|\n|-|-|\n|" + "c".repeat(CHARS));
        texts.put("a long rule of a table", "|a|b|\n|" + "-".repeat(CHARS) + "|-|\n|c|d|\n");
        texts.put("a long word", "a".repeat(CHARS));
        texts.put("a long heading", "# " + "word ".repeat(CHARS / 5));
        texts.put("a long line of code", "```\n" + "a".repeat(CHARS));
        texts.put("a formula without end", "$$\n" + "a + b\n\n".repeat(CHARS / 7));
        texts.put("blanks", " ".repeat(CHARS) + "a");
        texts.put("numbers", "9".repeat(CHARS) + ". a\n");
        texts.put("counted lines", lines(9000, String::valueOf));
        texts.put("images in images", "![".repeat(9000) + "a" + "](b)".repeat(9000));
        return texts;
    }

    @TestFactory
    List<DynamicTest> costsWhatOtherTextCosts() {
        return texts().entrySet().stream()
                .map(
                        text ->
                                DynamicTest.dynamicTest(
                                        "text of " + text.getKey().strip(),
                                        () -> check(text.getValue())))
                .toList();
    }

    private static void check(String text) {
        // A guard against hanging: ordinary text of this length takes a twentieth.
        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> {
                    List<Block> whole = MarkdownStream.parse(text);
                    long seed = 7;
                    var random = new Random(seed);
                    var stream = new MarkdownStream();
                    var patched = new ArrayList<Block>();
                    for (int at = 0; at < text.length(); ) {
                        int end = Math.min(text.length(), at + 1 + random.nextInt(900));
                        stream.append(text.substring(at, end)).applyTo(patched);
                        at = end;
                        int again = stream.tail();
                        assertTrue(again < 16_000, () -> again + " are read again and again");
                    }
                    stream.finish().applyTo(patched);
                    assertEquals(whole, stream.blocks(), "seed " + seed);
                    assertEquals(whole, patched, "the patches differ, seed " + seed);
                    new Excerpt(whole).markdown();
                    new Excerpt(whole).html();
                    for (Block block : whole) {
                        assertTrue(block.place().containers().size() <= 24);
                        if (block instanceof Block.Table table) {
                            int rows = table.rows().size() - (table.part() == 0 ? 1 : 0);
                            assertTrue(table.columns().size() <= 100);
                            assertTrue(rows <= 1 || rows * table.columns().size() <= 400);
                        }
                    }
                });
    }

    @Test
    void aTableOfManyColumnsIsReadAsItsRows() {
        List<Block> blocks = MarkdownStream.parse(table(101, 2));
        assertTrue(blocks.stream().allMatch(Block.Paragraph.class::isInstance));
        String last = blocks.getLast().text().lines().toList().getLast();
        assertEquals("| a ".repeat(101), last);
        assertEquals(1, MarkdownStream.parse(table(100, 2)).size());
    }
}
