package io.step3.desktop.store;

import com.google.gson.stream.JsonWriter;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes all of a conversation as JSON, for {@link JsonImport} to read:
 *
 * <pre>
 * {"format": "step3-conversation", "version": 1,
 *  "title": text, "created": instant, "updated": instant, "system_prompt": text, "sampling": object, "model": text,
 *  "current_leaf": index or null, "context_start": index or null,
 *  "pictures": [{"sha256": hex, "media_type": text, "width": n, "height": n, "data": base64}],
 *  "messages": [{"parent": index or null, "role": text, "status": text,
 *                "parts": [{"text": text} or {"picture": hex, "name": text} or {"removed_picture": text}],
 *                "reasoning": text, "answer": text, "tool_calls": array, "error": text, "usage": object,
 *                "model": text, "created": instant, "updated": instant}]}
 * </pre>
 *
 * An index is the place of a message in "messages", from 0; parents stand before their children.
 */
final class JsonExport {

    static final String FORMAT = "step3-conversation";
    static final int VERSION = 1;

    private final Transcript transcript;
    private final JsonWriter json;

    private JsonExport(Transcript transcript, JsonWriter json) {
        this.transcript = transcript;
        this.json = json;
    }

    static void write(Transcript transcript, OutputStream out) throws IOException {
        Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
        JsonWriter json = new JsonWriter(writer);
        json.setIndent(" ");
        new JsonExport(transcript, json).write();
        writer.write('\n');
        writer.flush();
    }

    private void write() throws IOException {
        Conversation conversation = transcript.conversation();
        Map<Long, Integer> indexes = new HashMap<>();
        for (Message message : transcript.all()) {
            indexes.put(message.id(), indexes.size());
        }
        json.beginObject();
        json.name("format").value(FORMAT);
        json.name("version").value(VERSION);
        json.name("title").value(conversation.title());
        json.name("created").value(conversation.created().toString());
        json.name("updated").value(conversation.updated().toString());
        json.name("system_prompt").value(conversation.systemPrompt());
        json.name("sampling").jsonValue(conversation.sampling());
        json.name("model").value(conversation.model());
        json.name("current_leaf").value(indexes.get(conversation.currentLeaf().orElse(-1)));
        json.name("context_start").value(indexes.get(conversation.contextStart().orElse(-1)));
        json.name("pictures").beginArray();
        for (Attachment picture : transcript.pictures().values()) {
            write(picture);
        }
        json.endArray();
        json.name("messages").beginArray();
        for (Message message : transcript.all()) {
            write(
                    message,
                    message.parent().isPresent()
                            ? indexes.get(message.parent().getAsLong())
                            : null);
        }
        json.endArray();
        json.endObject();
        json.flush();
    }

    private void write(Attachment picture) throws IOException {
        json.beginObject();
        json.name("sha256").value(picture.sha256());
        json.name("media_type").value(picture.mediaType());
        json.name("width").value(picture.width());
        json.name("height").value(picture.height());
        byte[] bytes = Attachments.read(transcript.folder(), picture.sha256());
        json.name("data").value(Base64.getEncoder().encodeToString(bytes));
        json.endObject();
    }

    private void write(Message message, Integer parent) throws IOException {
        json.beginObject();
        json.name("parent").value(parent);
        json.name("role").value(message.role().name().toLowerCase(Locale.ROOT));
        json.name("status").value(message.status().name().toLowerCase(Locale.ROOT));
        json.name("parts").beginArray();
        writeParts(message.parts());
        json.endArray();
        json.name("reasoning").value(message.reasoning());
        json.name("answer").value(message.answer());
        json.name("tool_calls").jsonValue(message.toolCalls());
        json.name("error").value(message.error());
        json.name("usage").jsonValue(message.usage());
        json.name("model").value(message.model());
        json.name("created").value(message.created().toString());
        json.name("updated").value(message.updated().toString());
        json.endObject();
    }

    private void writeParts(List<Part> parts) throws IOException {
        for (Part part : parts) {
            json.beginObject();
            switch (part) {
                case Part.Text(String text) -> json.name("text").value(text);
                case Part.RemovedImage(String name) -> json.name("removed_picture").value(name);
                case Part.Image(String sha256, String name) -> {
                    json.name("picture").value(sha256);
                    json.name("name").value(name);
                }
            }
            json.endObject();
        }
    }
}
