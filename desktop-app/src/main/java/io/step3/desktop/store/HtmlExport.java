package io.step3.desktop.store;

import static io.step3.desktop.markdown.HtmlFragment.escape;

import io.step3.desktop.markdown.HtmlFragment;
import io.step3.desktop.markdown.MarkdownStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Base64;

/**
 * Writes the shown branch as one web page: what the window shows, read by the same reader. All text
 * is escaped, pictures and fonts are within it, and its content security policy forbids everything
 * but those and this very style sheet: no script runs and nothing is loaded. It prints with page
 * numbers, and with what is folded laid open.
 */
final class HtmlExport {

    private static final String STYLE =
            """
            :root { color-scheme: light dark; --faint: #8882; --line: #8886; --quiet: #666 }
            @media (prefers-color-scheme: dark) { :root { --quiet: #aaa } }
            body { font: 1rem/1.55 system-ui, sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", "Packed Emoji";
                max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
            h1, h2, h3, h4, h5, h6, p, li, td, th { unicode-bidi: plaintext }
            article { margin: 1.5rem 0; overflow-wrap: anywhere }
            article.user { background: var(--faint); border-radius: .5rem; padding: .1rem 1rem }
            .speaker { font-weight: 600; color: var(--quiet); margin: .8rem 0 }
            .made { color: var(--quiet) }
            img { max-width: 100%; height: auto }
            code, pre { font-family: ui-monospace, monospace, "Packed Emoji"; font-size: .9em }
            code { background: var(--faint); border-radius: .25rem; padding: .1em .3em }
            pre { background: var(--faint); padding: .75rem; border-radius: .5rem; overflow-x: auto; line-height: 1.4 }
            pre code { background: none; padding: 0 }
            table { border-collapse: collapse; display: block; overflow-x: auto }
            th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: start }
            [align=center] { text-align: center }
            [align=right] { text-align: right }
            blockquote { margin: 0; padding: 0 1rem; border-inline-start: .25rem solid var(--line) }
            li > p { margin: .2rem 0 }
            details { color: var(--quiet); border-inline-start: .25rem solid var(--line); padding: 0 1rem; margin: .8rem 0 }
            summary { cursor: pointer }
            .plain { white-space: pre-wrap }
            .ending { font-style: italic }
            @page { margin: 18mm; @bottom-right { content: counter(page) " / " counter(pages) } }
            @media print {
                :root { color-scheme: light; --quiet: #444 }
                body { max-width: none; margin: 0; padding: 0; font-size: 11pt }
                details::details-content { content-visibility: visible; display: block }
                pre { white-space: pre-wrap; overflow-wrap: anywhere }
                table { display: table }
                pre, tr, img, svg, .speaker { break-inside: avoid }
                .speaker, h1, h2, h3, h4, h5, h6 { break-after: avoid }
            }
            """;

    private static final String EMOJI = "/io/step3/desktop/render/NotoEmoji-Regular.ttf";

    private final Transcript transcript;
    private final ExportSigns signs;
    private final HtmlFragment markdown;
    private final OutputStream out;

    private HtmlExport(Transcript transcript, ExportSigns signs, OutputStream out) {
        this.transcript = transcript;
        this.signs = signs;
        this.markdown = new HtmlFragment(signs.formulas());
        this.out = out;
    }

    static void write(Transcript transcript, ExportSigns signs, OutputStream out)
            throws IOException {
        new HtmlExport(transcript, signs, out).write();
    }

    private void write() throws IOException {
        ExportLabels labels = transcript.labels();
        String title = escape(transcript.conversation().title());
        String style = STYLE + signs.style() + (holdsEmoji() ? emojiFace() : "");
        print("<!DOCTYPE html>\n<html lang=\"" + signs.locale().toLanguageTag() + "\">\n<head>\n");
        print("<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"");
        print("default-src 'none'; img-src data:; font-src data:; style-src '" + hash(style));
        print("'; base-uri 'none'; form-action 'none'\">\n");
        print("<meta name=\"referrer\" content=\"no-referrer\">\n");
        print("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        print("<title>" + title + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n");
        print("<h1>" + title + "</h1>\n<p class=\"made\">" + escape(date()) + "</p>\n");
        if (!transcript.conversation().systemPrompt().isEmpty()) {
            print(details(labels.systemPrompt(), plain(transcript.conversation().systemPrompt())));
        }
        for (Message message : transcript.branch()) {
            print(message);
        }
        print("</body>\n</html>\n");
    }

    private void print(Message message) throws IOException {
        ExportLabels labels = transcript.labels();
        String kind = message.role() == Role.ASSISTANT ? "assistant" : "user";
        print("<article class=\"" + kind + "\">\n");
        print("<p class=\"speaker\">" + escape(labels.speaker(message)) + "</p>\n");
        for (Part part : message.parts()) {
            print(part);
        }
        if (!message.reasoning().isEmpty()) {
            print(details(labels.reasoning(), html(message.reasoning())));
        }
        print(html(message.answer()));
        if (!message.toolCalls().equals("[]")) {
            print(details(labels.toolCalls(), "<pre>" + escape(message.toolCalls()) + "</pre>\n"));
        }
        if (!labels.ending(message).isEmpty()) {
            print("<p class=\"ending\">" + escape(labels.ending(message)) + "</p>\n");
        }
        print("</article>\n");
    }

    private String html(String text) {
        return markdown.of(MarkdownStream.parse(text)) + "\n";
    }

    private void print(Part part) throws IOException {
        switch (part) {
            case Part.Text(String text) -> print(plain(text));
            case Part.RemovedImage(String name) ->
                    print(
                            "<p class=\"ending\">"
                                    + escape(transcript.labels().removedPicture() + " " + name)
                                    + "</p>\n");
            case Part.Image image -> {
                Attachment attachment = transcript.pictures().get(image.sha256());
                print(
                        "<p><img alt=\""
                                + escape(image.name())
                                + "\" width=\""
                                + attachment.width()
                                + "\" height=\"");
                print(attachment.height() + "\" src=\"data:" + attachment.mediaType() + ";base64,");
                out.write(Base64.getEncoder().encode(transcript.bytes(image)));
                print("\"></p>\n");
            }
        }
    }

    /** What a person typed is shown as it was typed. */
    private static String plain(String text) {
        return "<p class=\"plain\">" + escape(text) + "</p>\n";
    }

    private static String details(String summary, String html) {
        return "<details><summary>" + escape(summary) + "</summary>\n" + html + "</details>\n";
    }

    private String date() {
        return DateTimeFormatter.ofLocalizedDateTime(FormatStyle.LONG, FormatStyle.SHORT)
                .withLocale(signs.locale())
                .format(transcript.conversation().updated().atZone(ZoneId.systemDefault()));
    }

    private boolean holdsEmoji() {
        return transcript.branch().stream()
                .flatMapToInt(
                        message ->
                                (Message.textOf(message.parts())
                                                + message.reasoning()
                                                + message.answer())
                                        .codePoints())
                .anyMatch(Character::isEmojiPresentation);
    }

    /** For computers that have no font with emoji. */
    private static String emojiFace() throws IOException {
        try (InputStream font = HtmlExport.class.getResourceAsStream(EMOJI)) {
            return "@font-face { font-family: \"Packed Emoji\"; src: url(data:font/ttf;base64,"
                    + Base64.getEncoder().encodeToString(font.readAllBytes())
                    + ") }\n";
        }
    }

    private static String hash(String style) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(style.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }

    private void print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
