package io.step3.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * JSON from outside: strictly RFC 8259, valid UTF-8, no name twice in an object, nested at most
 * {@value #MAX_DEPTH} deep. Gson itself lets the last of equal names win, which would let two
 * readers of one file see different models.
 */
final class StrictJson {

    private static final int MAX_DEPTH = 32;
    private static final int MAX_NUMBER_LENGTH = 64;
    private static final int MAX_FILE_BYTES = 4 << 20;

    private StrictJson() {}

    /** A strict reader over UTF-8 text; it throws {@link IOException} for what is not JSON. */
    static JsonReader reader(byte[] utf8) {
        // A new decoder, unlike a charset, reports malformed bytes instead of replacing them.
        var decoder = StandardCharsets.UTF_8.newDecoder();
        var reader = new JsonReader(new InputStreamReader(new ByteArrayInputStream(utf8), decoder));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(MAX_DEPTH);
        return reader;
    }

    /** Reads a small file that holds one object. */
    static JsonObject readObject(Path file) {
        byte[] bytes = readBytes(file, MAX_FILE_BYTES);
        try (JsonReader reader = reader(bytes)) {
            if (reader.peek() != JsonToken.BEGIN_OBJECT) {
                throw new CheckpointException(file + " must hold a JSON object: get it anew");
            }
            JsonObject object = (JsonObject) element(reader, file);
            reader.peek(); // fails unless nothing follows
            return object;
        } catch (IOException e) {
            throw new CheckpointException(file + " is not valid JSON: get it anew", e);
        }
    }

    /** Reads a whole file, if it is a regular one and not longer than {@code limit}. */
    static byte[] readBytes(Path file, int limit) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new CheckpointException(file + " is missing or not a file");
            }
            try (var in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes(limit + 1);
                if (bytes.length > limit) {
                    throw new CheckpointException(
                            "%s is longer than %,d bytes, too long for what it should hold"
                                    .formatted(file, limit));
                }
                return bytes;
            }
        } catch (IOException e) {
            throw new CheckpointException("%s cannot be read (%s)".formatted(file, e), e);
        }
    }

    /** A text from outside, made fit for a message: no control characters, not too long. */
    static String shown(String text) {
        String start = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return '"' + start.replaceAll("\\p{Cntrl}", "?") + '"';
    }

    // The recursion is bounded by the reader's nesting limit.
    private static JsonElement element(JsonReader reader, Path file) throws IOException {
        switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                var object = new JsonObject();
                reader.beginObject();
                while (reader.hasNext()) {
                    String name = reader.nextName();
                    if (object.has(name)) {
                        throw new CheckpointException(
                                "%s has the key %s twice: remove one".formatted(file, shown(name)));
                    }
                    object.add(name, element(reader, file));
                }
                reader.endObject();
                return object;
            }
            case BEGIN_ARRAY -> {
                var array = new JsonArray();
                reader.beginArray();
                while (reader.hasNext()) {
                    array.add(element(reader, file));
                }
                reader.endArray();
                return array;
            }
            case STRING -> {
                return new JsonPrimitive(reader.nextString());
            }
            case BOOLEAN -> {
                return new JsonPrimitive(reader.nextBoolean());
            }
            case NUMBER -> {
                String digits = reader.nextString();
                if (digits.length() > MAX_NUMBER_LENGTH) {
                    throw new CheckpointException(
                            "%s has a number of %d digits".formatted(file, digits.length()));
                }
                return new JsonPrimitive(new BigDecimal(digits));
            }
            default -> {
                reader.nextNull();
                return JsonNull.INSTANCE;
            }
        }
    }
}
