package io.step3.desktop.markdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.markdown.Container.Item;
import io.step3.desktop.markdown.Container.Marker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MarkdownStreamTest {

    private static List<Inline> inlines(String markdown) {
        return ((Block.Paragraph) MarkdownStream.parse(markdown).getFirst()).inlines();
    }

    private static List<String> formulas(String markdown) {
        return inlines(markdown).stream()
                .filter(Inline.Math.class::isInstance)
                .map(inline -> ((Inline.Math) inline).source())
                .toList();
    }

    @Test
    void moneyIsNoMathematics() {
        assertEquals(List.of(), formulas("It costs $5 and $10."));
        assertEquals(List.of(), formulas("from $5-$10 or $ x $"));
        assertEquals(List.of(), formulas("`$x$` and \\$x\\$"));
        assertEquals(List.of("x"), formulas("so $x$, of $5"));
        assertEquals(List.of("a\\$b", "c"), formulas("so $a\\$b$ and \\(c\\)"));
        assertEquals(List.of("x_1 * y_1"), formulas("*so* $x_1 * y_1$*"));
    }

    @Test
    void formulasThatStandAloneAreBlocks() {
        for (String source :
                List.of(
                        "$$x$$",
                        "$$\nx\n$$",
                        "\\[ x \\]",
                        "\\[\nx\n\\]",
                        "$$\n\nx\n\n$$",
                        "\\[x\\].")) {
            var block = assertInstanceOf(Block.Math.class, MarkdownStream.parse(source).getFirst());
            assertEquals("x", block.source(), source);
        }
        List<Block> split = MarkdownStream.parse("before $$x$$ after");
        assertEquals(3, split.size());
        assertInstanceOf(Block.Math.class, split.get(1));
        assertEquals("a\n= b\n+ c\n- d", math("$$\na\n= b\n+ c\n- d\n$$"));
        assertEquals("\\begin{align}a\\end{align}", math("\\begin{align}a\\end{align}"));
        List<Block> prose = MarkdownStream.parse("$$ is *money*\n\nmore");
        assertEquals("$$ is money", prose.getFirst().text());
    }

    private static String math(String source) {
        return ((Block.Math) MarkdownStream.parse(source).getFirst()).source();
    }

    @Test
    void textFromTheModelIsOnlyText() {
        String hostile =
                """
                <script>alert(1)</script> <img src=x onerror=alert(1)> <a href="file:///etc/passwd">x</a>

                [a](javascript:alert(1)) [b](file:///etc/passwd) [c](data:text/html,x) [d](JaVaScRiPt:x)
                [e](vbscript:x) <javascript:alert(1)> [f](//evil.example) [g](/etc/passwd) [h](http:///x)
                [i](jar:http://x) [j](ftp://x.example/) ![k](file:///etc/passwd) [l]

                [l]: file:///etc/passwd
                """;
        for (Block block : MarkdownStream.parse(hostile)) {
            for (Inline inline : ((Block.Paragraph) block).inlines()) {
                assertEquals("", inline.style().link(), inline.toString());
            }
        }
        String html = new Excerpt(MarkdownStream.parse(hostile)).html();
        assertFalse(html.contains("<script"), html);
        assertFalse(html.contains("<img"), html);
        assertFalse(html.contains("<a "), html);
        assertEquals(
                "https://a.example/b",
                inlines("[x](https://a.example/b)").getFirst().style().link());
        assertEquals("mailto:a@b.example", inlines("<a@b.example>").getFirst().style().link());
        assertEquals("http://a.example", inlines("see http://a.example.").get(1).style().link());
    }

    @Test
    void aLateDefinitionMakesEarlierWordsALink() {
        var stream = new MarkdownStream();
        var blocks = new ArrayList<Block>();
        stream.append("See [the paper][1].\n\nMore words.\n\nAnd more.\n\n").applyTo(blocks);
        assertEquals("See [the paper][1].", blocks.getFirst().text());
        stream.append("[1]: https://arxiv.org/").applyTo(blocks);
        stream.append("abs/1\n").applyTo(blocks);
        assertEquals("See the paper.", blocks.getFirst().text());
        Inline link = ((Block.Paragraph) blocks.getFirst()).inlines().get(1);
        assertEquals("https://arxiv.org/abs/1", link.style().link());
        stream.append(" and this is no definition after all\n").applyTo(blocks);
        assertEquals(stream.blocks(), blocks);
    }

    @Test
    void listsKeepTheirNumbersAndBoxes() {
        List<Block> blocks = MarkdownStream.parse("3. a\n3. b\n   - [x] c\n\n4) d");
        assertEquals(
                List.of("3.", "4.", "x", "4)"),
                blocks.stream().map(MarkdownStreamTest::marker).toList());
    }

    private static String marker(Block block) {
        return switch (((Item) block.place().containers().getLast()).marker()) {
            case Marker.Number(int value, char delimiter) -> value + String.valueOf(delimiter);
            case Marker.Task(boolean done) -> done ? "x" : "o";
            case Marker.Bullet _ -> "-";
        };
    }

    @Test
    void boldInChineseEndsBesidePunctuation() {
        List<Inline> inlines = inlines("这是**“重要”**的，**（注意）**事项。");
        assertEquals(
                List.of("“重要”", "（注意）"),
                inlines.stream()
                        .filter(inline -> inline.style().strong())
                        .map(Inline::text)
                        .toList());
        assertEquals(
                "这是“重要”的，（注意）事项。",
                MarkdownStream.parse("这是**“重要”**的，**（注意）**事项。").getFirst().text());
    }

    @Test
    void imagesAreShownAsWordsAndTarget() {
        var image =
                assertInstanceOf(
                        Inline.Image.class,
                        inlines("![a cat](https://x.example/c.png)").getFirst());
        assertEquals("a cat (https://x.example/c.png)", image.text());
    }

    @Test
    void aPatchTellsWhatGrew() {
        var stream = new MarkdownStream();
        stream.append("# Title\n\nSome wor");
        Patch patch = stream.append("ds");
        var grow = assertInstanceOf(Change.Grow.class, patch.changes().getFirst());
        assertEquals(1, grow.index());
        assertEquals("ds", grow.suffix());
        assertEquals(1, patch.changes().size());
        stream.append("\n\n\n```java\nint x");
        var code = assertInstanceOf(Change.Grow.class, stream.append(" = 1").changes().getFirst());
        assertEquals(" = 1", code.suffix());
    }

    @Test
    void longCodeParagraphsAndTablesComeInParts() {
        String code = "line\n".repeat(100);
        List<Block> parts = MarkdownStream.parse("```py\n" + code + "```\nend");
        assertEquals(4, parts.size());
        assertFalse(parts.getFirst().continues());
        assertTrue(parts.get(1).continues());
        assertEquals(code.stripTrailing(), new Excerpt(parts.subList(0, 3)).plain());
        String table = "| a |\n|---|\n" + "| b |\n".repeat(100);
        assertEquals(4, MarkdownStream.parse(table).size());
        String words = "A sentence that ends here. ".repeat(1000).strip();
        List<Block> paragraphs = MarkdownStream.parse(words);
        assertTrue(paragraphs.size() > 5);
        assertTrue(paragraphs.stream().allMatch(p -> p.text().length() < 4000));
        assertTrue(paragraphs.stream().allMatch(p -> p.text().endsWith("here.")));
        assertEquals(words, new Excerpt(paragraphs).plain());
        String endless = "x".repeat(50_000);
        assertTrue(MarkdownStream.parse(endless).size() > 10);
        assertTrue(MarkdownStream.parse("```\n" + endless).size() > 5);
    }

    @Test
    void hostileDepthIsBounded() {
        for (String sign :
                List.of("> ", "- ", "*a ", "[", "**", "`", "$", "![", "<", "\\[", "~~")) {
            MarkdownStream.parse(sign.repeat(20_000) + "x");
            MarkdownStream.parse((sign + "\n").repeat(5_000) + "x");
        }
    }

    @Test
    void whatIsCompleteIsFrozenInTheEnd() {
        var stream = new MarkdownStream(3000, 0);
        assertEquals(0, stream.append("# Title\n\nSome words").frozen(), "it may become a heading");
        assertEquals(1, stream.append("\n").frozen());
        var longer = new MarkdownStream();
        assertTrue(longer.append("Some words.\n\n".repeat(1000)).frozen() > 800);
    }

    @Test
    void nothingFollowsTheEnd() {
        var stream = new MarkdownStream();
        stream.finish();
        assertThrows(IllegalStateException.class, () -> stream.append("x"));
        assertThrows(IllegalStateException.class, stream::finish);
    }

    @Test
    void whatIsCopiedAsMarkdownReadsAsTheSame() {
        String[] texts = {
            "# Title\n\nwords *a* **b** ~~c~~ `d` [e](https://e.example) $f$\nline\n\n> quote\n>\n> - item\n>   more\n\n1. x\n2. y\n\n   z\n   - [x] w\n\n```java\nint x;\n\nint y;\n```\n\n| a | b |\n|---|:-:|\n| c | d\\|e |\n\n---\n\n$$\nx\n$$",
            "1\\. no list\n\n\\# no heading\n\n\\- no item\n\n\\*no emphasis\\* \\$5 and \\$6\n\n\\> no quote\n\n[x] \\<b> &#91;y](z)",
            "- a\n\n  b\n- c\n  > d\n  >\n  > e",
        };
        for (String text : texts) {
            List<Block> blocks = MarkdownStream.parse(text);
            String written = new Excerpt(blocks).markdown();
            assertEquals(blocks, MarkdownStream.parse(written), written);
        }
    }

    @Test
    void surrogatePairsMayBeCutApart() {
        var random = new Random(3);
        String text = "😀👍🏽 **😀** `👍` 中文😀";
        for (int i = 0; i < 20; i++) {
            var stream = new MarkdownStream();
            int cut = random.nextInt(text.length());
            stream.append(text.substring(0, cut));
            stream.append(text.substring(cut));
            stream.finish();
            assertEquals(MarkdownStream.parse(text), stream.blocks());
        }
    }
}
