package io.step3.desktop.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.step3.json.StrictJson;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads what {@link JsonExport} writes, and trusts nothing in it: size, depth and number of
 * everything are limited, parents must stand before their children, and pictures must be what their
 * SHA-256 says.
 */
final class JsonImport {

    private static final long FILE_LIMIT = 512L << 20;
    private static final int MESSAGE_LIMIT = 100_000;
    private static final int PICTURE_LIMIT = 10_000;
    private static final int PART_LIMIT = 1_000;
    private static final int TEXT_LIMIT = 16 << 20;

    /** What may be in memory at once. */
    private static final long TOTAL_LIMIT = 64 << 20;

    private static final int PIXEL_LIMIT = 1 << 20;

    /**
     * The conversation as the file holds it; parents, leaf and context start are indexes of
     * messages.
     */
    record Imported(
            String title,
            Instant created,
            Instant updated,
            String systemPrompt,
            String sampling,
            String model,
            OptionalInt currentLeaf,
            OptionalInt contextStart,
            List<ImportedMessage> messages) {}

    record Picture(String sha256, String mediaType, int width, int height, byte[] bytes) {}

    record ImportedMessage(
            OptionalInt parent,
            Role role,
            MessageStatus status,
            List<Part> parts,
            String reasoning,
            String answer,
            String toolCalls,
            String error,
            String usage,
            String model,
            Instant created,
            Instant updated) {}

    /** Takes each picture as it is read. */
    interface Pictures {
        void take(Picture picture) throws IOException;
    }

    /** What an object of the file says, by the names of its fields. */
    private static final class Fields {

        private final Map<String, String> texts = new HashMap<>();
        private final Map<String, Integer> numbers = new HashMap<>();
        private final Map<String, Instant> times = new HashMap<>();
        private final Instant now = Instant.now();

        String text(String name, String absent) {
            return texts.getOrDefault(name, absent);
        }

        OptionalInt index(String name) {
            Integer index = numbers.get(name);
            return index == null ? OptionalInt.empty() : OptionalInt.of(index);
        }

        Instant created() {
            return times.getOrDefault("created", now);
        }

        Instant updated() {
            return times.getOrDefault("updated", created());
        }
    }

    private final Path file;
    private final JsonReader json;
    private final Pictures taker;
    private final Set<String> pictures = new HashSet<>();
    private long characters;

    private JsonImport(Path file, JsonReader json, Pictures taker) {
        this.file = file;
        this.json = json;
        this.taker = taker;
    }

    static Imported read(Path file, Pictures taker) throws IOException {
        if (Files.size(file) > FILE_LIMIT) {
            throw StoreException.NotImportable.conversation(
                    file, "it has " + Files.size(file) + " bytes, more than " + FILE_LIMIT, null);
        }
        try (JsonReader json = StrictJson.reader(Files.newInputStream(file))) {
            return new JsonImport(file, json, taker).read();
        } catch (MalformedJsonException
                | JsonParseException
                | IllegalStateException
                | NumberFormatException
                | java.io.EOFException
                | CharacterCodingException e) {
            throw StoreException.NotImportable.conversation(
                    file, "it is not whole, or not JSON", e);
        }
    }

    private Imported read() throws IOException {
        Fields fields = new Fields();
        List<ImportedMessage> messages = new ArrayList<>();
        StrictJson.eachField(
                json,
                name -> {
                    switch (name) {
                        case "format" -> fields.texts.put(name, json.nextString());
                        case "version" -> fields.numbers.put(name, json.nextInt());
                        case "title", "system_prompt", "model" -> fields.texts.put(name, text());
                        case "created", "updated" -> fields.times.put(name, time());
                        case "current_leaf", "context_start" -> readIndex(name, fields);
                        case "sampling" -> fields.texts.put(name, object());
                        case "pictures" -> readPictures();
                        case "messages" -> readMessages(messages);
                        default -> json.skipValue();
                    }
                });
        require(json.peek() == JsonToken.END_DOCUMENT, "something follows after its end");
        String format = fields.text("format", "");
        require(
                format.equals(JsonExport.FORMAT),
                "its format is \"" + format + "\", not " + JsonExport.FORMAT);
        int version = fields.numbers.getOrDefault("version", 0);
        require(
                version == JsonExport.VERSION,
                "its version is " + version + ", this program reads version " + JsonExport.VERSION);
        requireNamed(messages);
        return new Imported(
                fields.text("title", ""),
                fields.created(),
                fields.updated(),
                fields.text("system_prompt", ""),
                fields.text("sampling", "{}"),
                fields.text("model", ""),
                below(fields.index("current_leaf"), messages.size()),
                below(fields.index("context_start"), messages.size()),
                messages);
    }

    private void readPictures() throws IOException {
        json.beginArray();
        while (json.hasNext()) {
            require(
                    pictures.size() < PICTURE_LIMIT,
                    "it holds more than " + PICTURE_LIMIT + " pictures");
            Picture picture = readPicture();
            pictures.add(picture.sha256());
            taker.take(picture);
        }
        json.endArray();
    }

    private Picture readPicture() throws IOException {
        Fields fields = new Fields();
        byte[][] data = {{}};
        StrictJson.eachField(
                json,
                name -> {
                    switch (name) {
                        case "sha256", "media_type" -> fields.texts.put(name, json.nextString());
                        case "width", "height" -> fields.numbers.put(name, json.nextInt());
                        case "data" -> data[0] = decode(json.nextString());
                        default -> json.skipValue();
                    }
                });
        byte[] bytes = data[0];
        String sha256 = fields.text("sha256", "");
        String mediaType = fields.text("media_type", "");
        int width = fields.numbers.getOrDefault("width", 0);
        int height = fields.numbers.getOrDefault("height", 0);
        require(Attachments.sha256(bytes).equals(sha256), "a picture is not what its SHA-256 says");
        require(Attachments.isPicture(mediaType), "a picture is of the type \"" + mediaType + "\"");
        require(
                0 < width && width <= PIXEL_LIMIT && 0 < height && height <= PIXEL_LIMIT,
                "a picture has no size");
        return new Picture(sha256, mediaType, width, height, bytes);
    }

    private byte[] decode(String base64) throws StoreException {
        require(
                base64.length() / 4 * 3L <= Attachments.SIZE_LIMIT + 2L,
                "a picture is larger than 64 MiB");
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw refused("a picture is not base64");
        }
    }

    private void readMessages(List<ImportedMessage> messages) throws IOException {
        json.beginArray();
        while (json.hasNext()) {
            require(
                    messages.size() < MESSAGE_LIMIT,
                    "it holds more than " + MESSAGE_LIMIT + " messages");
            ImportedMessage message = readMessage();
            below(message.parent(), messages.size());
            messages.add(message);
        }
        json.endArray();
    }

    private ImportedMessage readMessage() throws IOException {
        Fields fields = new Fields();
        List<Part> parts = new ArrayList<>();
        StrictJson.eachField(
                json,
                name -> {
                    switch (name) {
                        case "parent" -> readIndex(name, fields);
                        case "role", "status" -> fields.texts.put(name, json.nextString());
                        case "parts" -> readParts(parts);
                        case "reasoning", "answer", "error", "model" ->
                                fields.texts.put(name, text());
                        case "tool_calls" -> fields.texts.put(name, array());
                        case "usage" -> fields.texts.put(name, object());
                        case "created", "updated" -> fields.times.put(name, time());
                        default -> json.skipValue();
                    }
                });
        MessageStatus status = oneOf(MessageStatus.class, fields.text("status", "complete"));
        return new ImportedMessage(
                fields.index("parent"),
                oneOf(Role.class, fields.text("role", "user")),
                // Nobody writes it any more.
                status == MessageStatus.STREAMING ? MessageStatus.INTERRUPTED : status,
                parts,
                fields.text("reasoning", ""),
                fields.text("answer", ""),
                fields.text("tool_calls", "[]"),
                fields.text("error", ""),
                fields.text("usage", "{}"),
                fields.text("model", ""),
                fields.created(),
                fields.updated());
    }

    private void readParts(List<Part> parts) throws IOException {
        json.beginArray();
        while (json.hasNext()) {
            require(parts.size() < PART_LIMIT, "a message has more than " + PART_LIMIT + " parts");
            parts.add(readPart());
        }
        json.endArray();
    }

    private Part readPart() throws IOException {
        Map<String, String> fields = new HashMap<>();
        StrictJson.eachField(
                json,
                name -> {
                    fields.put(name, text());
                    require(fields.size() <= 2, "a part of a message has unknown fields");
                });
        if (fields.containsKey("picture")) {
            return new Part.Image(fields.get("picture"), fields.getOrDefault("name", ""));
        }
        if (fields.containsKey("removed_picture")) {
            return new Part.RemovedImage(fields.get("removed_picture"));
        }
        require(fields.containsKey("text"), "a part of a message is neither text nor a picture");
        return new Part.Text(fields.get("text"));
    }

    private void requireNamed(List<ImportedMessage> messages) throws StoreException {
        for (ImportedMessage message : messages) {
            for (Part part : message.parts()) {
                require(
                        !(part instanceof Part.Image(String sha256, String _))
                                || pictures.contains(sha256),
                        "a message shows a picture that the file does not hold");
            }
        }
    }

    private String text() throws IOException {
        String text = json.nextString();
        require(text.length() <= TEXT_LIMIT, "a text is longer than " + TEXT_LIMIT + " characters");
        return counted(text);
    }

    private String counted(String text) throws StoreException {
        characters += text.length();
        require(
                characters <= TOTAL_LIMIT,
                "its texts together are longer than " + TOTAL_LIMIT + " characters");
        return text;
    }

    private Instant time() throws IOException {
        try {
            Instant time = Instant.parse(json.nextString());
            time.toEpochMilli();
            return time;
        } catch (DateTimeParseException | ArithmeticException e) {
            throw refused("a time is not of the form 2026-01-31T12:00:00Z");
        }
    }

    /** An index of a message; null is none. */
    private void readIndex(String name, Fields fields) throws IOException {
        if (json.peek() == JsonToken.NULL) {
            json.nextNull();
        } else {
            fields.numbers.put(name, json.nextInt());
        }
    }

    private OptionalInt below(OptionalInt index, int limit) throws StoreException {
        require(
                index.isEmpty() || (index.getAsInt() >= 0 && index.getAsInt() < limit),
                "a message is named that is not there, or not before those that follow it");
        return index;
    }

    private <E extends Enum<E>> E oneOf(Class<E> type, String name) throws StoreException {
        try {
            return Enum.valueOf(type, name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw refused("\"" + name + "\" is not known");
        }
    }

    private String object() throws IOException {
        JsonElement element = StrictJson.element(json);
        require(element.isJsonObject(), "sampling or usage is not an object");
        return counted(element.toString());
    }

    private String array() throws IOException {
        JsonElement element = StrictJson.element(json);
        require(element.isJsonArray(), "tool_calls is not an array");
        return counted(element.toString());
    }

    private void require(boolean condition, String otherwise) throws StoreException {
        if (!condition) {
            throw refused(otherwise);
        }
    }

    private StoreException refused(String why) {
        return StoreException.NotImportable.conversation(file, why, null);
    }
}
