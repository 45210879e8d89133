package io.step3.desktop.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Writes the shown branch as one web page. All text is escaped, pictures are within it, and its
 * content security policy forbids everything but those pictures and this very style sheet: no
 * script runs and nothing is loaded.
 */
final class HtmlExport {

    private static final String STYLE =
            """
            :root { color-scheme: light dark }
            body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
            article { margin: 1.5rem 0; overflow-wrap: anywhere }
            article.user { background: #8881; border-radius: .5rem; padding: .1rem 1rem }
            h2 { font-size: 1rem; opacity: .7 }
            img { max-width: 100%; height: auto }
            pre { background: #8881; padding: .75rem; border-radius: .5rem; overflow-x: auto }
            table { border-collapse: collapse }
            th, td { border: 1px solid #8886; padding: .25rem .5rem }
            blockquote { margin-left: 0; padding-left: 1rem; border-left: .25rem solid #8886 }
            details { opacity: .8; border-left: .25rem solid #8886; padding-left: 1rem }
            .plain { white-space: pre-wrap }
            .ending { font-style: italic }
            """;

    private final Transcript transcript;
    private final OutputStream out;

    private HtmlExport(Transcript transcript, OutputStream out) {
        this.transcript = transcript;
        this.out = out;
    }

    static void write(Transcript transcript, OutputStream out) throws IOException {
        new HtmlExport(transcript, out).write();
    }

    private void write() throws IOException {
        ExportLabels labels = transcript.labels();
        String title = escape(transcript.conversation().title());
        print("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n");
        print(
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src '");
        print(styleHash() + "'; base-uri 'none'; form-action 'none'\">\n");
        print("<meta name=\"referrer\" content=\"no-referrer\">\n");
        print("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        print("<title>" + title + "</title>\n<style>" + STYLE + "</style>\n</head>\n<body>\n");
        print("<h1 dir=\"auto\">" + title + "</h1>\n");
        if (!transcript.conversation().systemPrompt().isEmpty()) {
            print(details(labels.systemPrompt(), plain(transcript.conversation().systemPrompt())));
        }
        for (Message message : transcript.branch()) {
            String kind = message.role() == Role.ASSISTANT ? "assistant" : "user";
            print(
                    "<article class=\""
                            + kind
                            + "\" dir=\"auto\">\n<h2>"
                            + escape(labels.speaker(message))
                            + "</h2>\n");
            for (Part part : message.parts()) {
                print(part);
            }
            if (!message.reasoning().isEmpty()) {
                print(details(labels.reasoning(), SafeMarkdown.toHtml(message.reasoning())));
            }
            print(SafeMarkdown.toHtml(message.answer()));
            if (!message.toolCalls().equals("[]")) {
                print(
                        details(
                                labels.toolCalls(),
                                "<pre>" + escape(message.toolCalls()) + "</pre>\n"));
            }
            if (!labels.ending(message).isEmpty()) {
                print("<p class=\"ending\">" + escape(labels.ending(message)) + "</p>\n");
            }
            print("</article>\n");
        }
        print("</body>\n</html>\n");
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

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static String styleHash() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(STYLE.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }

    private void print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
