package io.step3.desktop.markdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** However a text is cut into pieces, the document is that of the whole. */
class MarkdownStreamPropertyTest {

    private static final String[] LINES = {
        "",
        "",
        "",
        " ",
        "word and *emphasis* and **bold**",
        "a",
        "**open",
        "end**",
        "- item",
        "- ",
        "-",
        "* star item",
        "+ plus",
        "  - nested",
        "    - deeper",
        "      text",
        "    four blanks",
        "\tstill a tab",
        "1. one",
        "1. again",
        "7) seven",
        "12345. big",
        "   3. indented",
        "   continued",
        "> quote",
        "> > twice",
        ">",
        "> - item in quote",
        ">   more of it",
        "> ```",
        "- > quote in item",
        "lazy",
        "```",
        "```java",
        "~~~",
        "  ```py",
        "int x = 1; // ```",
        "````",
        "| a | b |",
        "|---|:-:|",
        "|---|",
        "a | b",
        "x | y | z",
        "> | a | b |",
        "> |---|---|",
        "> | 1 | 2 |",
        "===",
        "---",
        "--",
        "=",
        "***",
        "# Heading",
        "### Third ###",
        "#",
        "#no heading",
        "[label]: https://example.com/a",
        "[Label]: <https://example.com/b> \"title\"",
        "[other label]:",
        "https://example.com/c",
        "'a title'",
        "> [quoted]: http://q.example",
        "see [label] and [other label] and [text][label] and [quoted]",
        "[label]",
        "- [ ] open task",
        "- [x] done task [label]",
        "<div>raw <b>html</b></div>",
        "<!-- comment",
        "-->",
        "<br>",
        "$$",
        "x = y",
        "= z",
        "+ w",
        "$$ a+b $$",
        "text $$ c $$ text",
        "\\[",
        "\\]",
        "\\[ e \\]",
        "\\begin{align}",
        "\\end{align}",
        "money $5 and $10, math $x_1$ and \\(y\\)",
        "![image](https://example.com/i.png)",
        "[bad](javascript:alert(1)) https://auto.link/x.",
        "中文**（重要）**的说明，**“引号”**后面",
        "emoji 😀 and العربية",
        "two blanks at end  ",
        "back\\",
        "~~gone~~ 3~5",
        "- - twice",
        "- # heading in item",
        "-     code in item",
        "1.",
        "2. ",
        "  ",
        "_a *b _c* d_ `code",
        "span` &amp; \\*",
    };

    @Test
    void anyCuttingOfTheTextGivesTheSameDocument() {
        for (int seed = 0; seed < 3000; seed++) {
            check(seed, 8000);
        }
    }

    @Test
    void anyCuttingOfTheTextGivesTheSameDocumentWhenParagraphsAreFrozenEarly() {
        for (int seed = 10_000; seed < 11_500; seed++) {
            check(seed, 60);
        }
    }

    private static void check(int seed, int limit) {
        var random = new Random(seed);
        String text = text(random);
        var whole = new MarkdownStream(limit, 0);
        whole.append(text);
        List<Block> expected = whole.blocks();

        var stream = new MarkdownStream(limit, 0);
        var patched = new ArrayList<Block>();
        int at = 0;
        int frozen = 0;
        int style = random.nextInt(3);
        while (at < text.length()) {
            int size =
                    switch (style) {
                        case 0 -> 1;
                        case 1 -> 1 + random.nextInt(6);
                        default -> 1 + random.nextInt(40);
                    };
            int end = Math.min(text.length(), at + size);
            Patch patch = stream.append(text.substring(at, end));
            patch.applyTo(patched);
            assertTrue(patch.frozen() >= frozen, "frozen blocks thawed, seed " + seed);
            frozen = patch.frozen();
            at = end;
        }
        assertEquals(show(expected), show(stream.blocks()), () -> "seed " + seed + "\n" + text);
        assertEquals(
                show(expected),
                show(patched),
                () -> "the patches differ, seed " + seed + "\n" + text);
        whole.finish();
        stream.finish().applyTo(patched);
        assertEquals(
                show(whole.blocks()),
                show(stream.blocks()),
                () -> "finished, seed " + seed + "\n" + text);
        assertEquals(whole.blocks(), patched, () -> "finished patches, seed " + seed);
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        int lines = 1 + random.nextInt(random.nextInt(10) == 0 ? 150 : 14);
        String end = random.nextInt(4) == 0 ? "\r\n" : random.nextInt(20) == 0 ? "\r" : "\n";
        for (int i = 0; i < lines; i++) {
            if (random.nextInt(8) == 0) {
                text.append(" ".repeat(random.nextInt(6)));
            }
            if (random.nextInt(10) == 0) {
                text.append("> ");
            }
            text.append(LINES[random.nextInt(LINES.length)]);
            if (random.nextInt(30) == 0) {
                text.append(" word. ".repeat(random.nextInt(30)));
            }
            if (i + 1 < lines || random.nextBoolean()) {
                text.append(end);
            }
        }
        return text.toString();
    }

    private static String show(List<Block> blocks) {
        var shown = new StringBuilder();
        blocks.forEach(block -> shown.append(block).append('\n'));
        return shown.toString();
    }
}
