package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.markdown.Block;
import io.step3.desktop.markdown.Inline;
import io.step3.desktop.markdown.MarkdownStream;
import io.step3.desktop.render.FormulaSvg;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A web page says what the window shows. */
class HtmlExportTest extends StoreTestBase {

    private static final String TORTURE =
            """
            # 结果 **（重要）**的

            First line
            second line with $E = mc^2$, \\(a_1\\), `code`, ~~gone~~, H~2~O and $5 or $10
            **（重要）**的 *这里*。

            \\[ \\sum_{i=1}^{n} \\frac{1}{i^2} \\le \\frac{\\pi^2}{6}, \\; x \\in \\mathbb{R} \\]

            $$
            \\begin{align} a &= b \\\\ c &= d \\end{align}
            $$

            | left | centre | right |
            |:-----|:------:|------:|
            | a | **b** | $x^2$ |
            | مرحبا بالعالم | สวัสดี | 👩‍👩‍👧 🇩🇪 😀 |

            - one
              - two
                continued
            - [x] done
            - [ ] open

            3. three
            4. four

               > quoted
               > twice

            ```python
            def f(x):
                return "<b>" + x  # & more
            ```

            नमस्ते दुनिया — 한국어 — 日本語

            <b>not bold</b> &amp; [link](https://example.org/?a=1&b=2) [bad](javascript:alert(1)) https://example.com
            ***
            $\\notacommand{x$
            """;

    private String html;

    @BeforeEach
    void export() throws Exception {
        long conversation = newConversation("Torture");
        Message question = ask(conversation, OptionalLong.empty(), "a\n  b <i>");
        reply(question.id(), TORTURE, TORTURE);
        Path file = folder.resolve("out.html");
        await(
                store.archive()
                        .export(
                                conversation,
                                ExportFormat.HTML,
                                English.LABELS,
                                new ExportSigns(
                                        new FormulaSvg(), FormulaSvg.style(), Locale.ENGLISH),
                                file));
        html = Files.readString(file);
        String kept = System.getProperty("step3.page");
        if (kept != null) {
            Files.copy(file, Path.of(kept), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private String answer() {
        int end = html.indexOf("</article>", html.indexOf("<details>"));
        return html.substring(html.indexOf("</details>") + "</details>".length(), end);
    }

    @Test
    void everyWordAndFormulaOfTheWindowStandsInThePageInItsOrder() {
        StringBuilder shown = new StringBuilder();
        for (Block block : MarkdownStream.parse(TORTURE)) {
            shown.append(block.text());
        }
        String page =
                answer().replaceAll("<svg.*?</svg>", String.valueOf(Inline.OBJECT))
                        .replaceAll("<[^>]*>", "")
                        .replace("&lt;", "<")
                        .replace("&gt;", ">")
                        .replace("&quot;", "\"")
                        .replace("&#39;", "'")
                        .replace("&amp;", "&")
                        .replaceAll("[☑☐]", "");
        // The last formula is none that can be drawn: both show its source.
        page = page.replace("\\notacommand{x", String.valueOf(Inline.OBJECT));
        assertEquals(shown.toString().replaceAll("\\s", ""), page.replaceAll("\\s", ""));
    }

    @Test
    void whatIsATableABoxOrALineInTheWindowIsOneInThePage() {
        String answer = answer();
        assertTrue(answer.contains("First line<br>second line"), answer);
        assertTrue(answer.contains("<strong>（重要）</strong>的"), answer);
        assertTrue(answer.contains("<th align=\"center\">centre</th>"), answer);
        assertTrue(answer.contains("<td align=\"right\"><svg"), answer);
        assertTrue(answer.contains("<pre><code class=\"language-python\">def f(x):"), answer);
        assertTrue(answer.contains("<ol start=\"3\"><li>"), answer);
        assertTrue(answer.contains("<s>gone</s>"), answer);
        assertTrue(answer.contains("H~2~O and $5 or $10"), answer);
        assertTrue(answer.contains("href=\"https://example.org/?a=1&amp;b=2\""), answer);
        assertFalse(answer.contains("href=\"javascript"), answer);
        assertTrue(answer.contains("<hr>"), answer);
        assertEquals(2, count("<span class=\"display\"><svg", answer), answer);
        assertTrue(answer.contains("<title>E = mc^2</title>"), answer);
        assertTrue(html.contains("<p class=\"plain\">a\n  b &lt;i&gt;</p>"), html);
        assertTrue(html.contains("<details><summary>Reasoning</summary>"), html);
        assertTrue(html.contains("font-family: \"Packed Emoji\""), "the page brings its emoji");
    }

    @Test
    void nothingInThePageRunsOrLoads() {
        assertFalse(
                Pattern.compile("<script|<iframe|<object| on\\w+=| style=").matcher(html).find());
        assertFalse(
                Pattern.compile("(src|href)=\"(?!data:|https?://|mailto:)").matcher(html).find());
    }

    private static int count(String part, String text) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }
}
