package io.step3.desktop.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Writes the shown branch as Markdown. What was said stands there as it was said; pictures are
 * referred to in place, and their bytes stand at the end, where they do not disturb the reader.
 */
final class MarkdownExport {

    private final Transcript transcript;
    private final OutputStream out;
    private final List<Part.Image> images = new ArrayList<>();

    private MarkdownExport(Transcript transcript, OutputStream out) {
        this.transcript = transcript;
        this.out = out;
    }

    static void write(Transcript transcript, OutputStream out) throws IOException {
        new MarkdownExport(transcript, out).write();
    }

    private void write() throws IOException {
        ExportLabels labels = transcript.labels();
        print("# " + escape(transcript.conversation().title()) + "\n");
        if (!transcript.conversation().systemPrompt().isEmpty()) {
            print(
                    "\n**"
                            + labels.systemPrompt()
                            + "**\n\n"
                            + quote(transcript.conversation().systemPrompt()));
        }
        for (Message message : transcript.branch()) {
            print("\n## " + escape(labels.speaker(message)) + "\n");
            for (Part part : message.parts()) {
                print("\n" + part(part) + "\n");
            }
            if (!message.reasoning().isEmpty()) {
                print("\n**" + labels.reasoning() + "**\n\n" + quote(message.reasoning()));
            }
            if (!message.answer().isEmpty()) {
                print("\n" + message.answer().strip() + "\n");
            }
            if (!message.toolCalls().equals("[]")) {
                print("\n**" + labels.toolCalls() + "**\n\n" + fenced(message.toolCalls()));
            }
            if (!labels.ending(message).isEmpty()) {
                print("\n*" + escape(labels.ending(message)) + "*\n");
            }
        }
        for (int i = 0; i < images.size(); i++) {
            Part.Image image = images.get(i);
            print(
                    "\n[picture-"
                            + (i + 1)
                            + "]: data:"
                            + transcript.pictures().get(image.sha256()).mediaType());
            print(";base64,");
            out.write(Base64.getEncoder().encode(transcript.bytes(image)));
            print("\n");
        }
    }

    private String part(Part part) {
        return switch (part) {
            case Part.Text(String text) -> text.strip();
            case Part.RemovedImage(String name) ->
                    "*" + transcript.labels().removedPicture() + " " + escape(name) + "*";
            case Part.Image image -> {
                images.add(image);
                yield "![" + escape(image.name()) + "][picture-" + images.size() + "]";
            }
        };
    }

    private static String quote(String text) {
        return text.strip()
                .lines()
                .map(line -> line.isEmpty() ? ">\n" : "> " + line + "\n")
                .reduce("", String::concat);
    }

    private static String fenced(String text) {
        String fence = "```";
        while (text.contains(fence)) {
            fence += "`";
        }
        return fence + "json\n" + text + "\n" + fence + "\n";
    }

    /** Takes the meaning of signs from a text that is a name, and its line ends. */
    private static String escape(String text) {
        return text.replaceAll("[\\\\`*_{}\\[\\]<>#!|&~]", "\\\\$0").replaceAll("\\s+", " ");
    }

    private void print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
