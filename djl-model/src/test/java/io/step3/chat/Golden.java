package io.step3.chat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** The golden files, as this package's tests read them. */
final class Golden {

    static final Path FOLDER = Path.of(System.getProperty("step3.golden"));
    static final Path CHECKPOINT = FOLDER.resolve("checkpoints/a");

    private Golden() {}

    static JsonElement json(String name) throws IOException {
        return JsonParser.parseString(Files.readString(FOLDER.resolve(name)));
    }

    static List<JsonObject> objects(JsonElement array) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    static int[] ints(JsonElement array) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false)
                .mapToInt(JsonElement::getAsInt)
                .toArray();
    }

    /** Messages of a golden file; every picture stands for itself only. */
    static List<ChatMessage> messages(JsonElement json) {
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonObject message : objects(json)) {
            List<ContentPart> parts = new ArrayList<>();
            JsonElement content = message.get("content");
            if (content.isJsonPrimitive()) {
                parts.add(new ContentPart.Text(content.getAsString()));
            } else {
                for (JsonObject part : objects(content)) {
                    parts.add(
                            part.get("type").getAsString().equals("text")
                                    ? new ContentPart.Text(part.get("text").getAsString())
                                    : new ContentPart.Image(
                                            ImageSource.of(new byte[] {1}, "picture")));
                }
            }
            Role role = Role.ofWireName(message.get("role").getAsString());
            messages.add(new ChatMessage(role, parts, "", List.of(), ""));
        }
        return messages;
    }
}
