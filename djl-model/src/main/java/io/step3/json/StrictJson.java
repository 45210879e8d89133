package io.step3.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;

/**
 * JSON by the letter of RFC 8259: valid UTF-8, no name twice in an object, nested at most {@value
 * #MAX_DEPTH} deep. Gson itself lets the last of equal names win, which would let two readers of
 * one text see different things in it. A byte order mark is skipped, as the RFC permits.
 */
public final class StrictJson {

    /** How deep objects and arrays may lie in one another. */
    public static final int MAX_DEPTH = 100;

    /** How many characters a number may have; a longer one only keeps whoever computes busy. */
    public static final int MAX_NUMBER_LENGTH = 512;

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    /** Reads the value of one field of an object. */
    @FunctionalInterface
    public interface Field {
        /** Takes the value that the reader stands before. */
        void read(String name) throws IOException;
    }

    private StrictJson() {}

    /** A strict reader over UTF-8 text; it throws {@link IOException} for what is not JSON. */
    public static JsonReader reader(byte[] utf8) {
        int from = startsWithMark(utf8) ? BYTE_ORDER_MARK.length : 0;
        return reader(new ByteArrayInputStream(utf8, from, utf8.length - from));
    }

    /** The same over a stream, for files that are too long to hold; it skips no byte order mark. */
    public static JsonReader reader(InputStream utf8) {
        // A new decoder, unlike a charset, reports malformed bytes instead of replacing them.
        return reader(new InputStreamReader(utf8, StandardCharsets.UTF_8.newDecoder()));
    }

    private static JsonReader reader(Reader text) {
        var reader = new JsonReader(text);
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(MAX_DEPTH);
        return reader;
    }

    private static boolean startsWithMark(byte[] utf8) {
        return utf8.length >= 3
                && utf8[0] == BYTE_ORDER_MARK[0]
                && utf8[1] == BYTE_ORDER_MARK[1]
                && utf8[2] == BYTE_ORDER_MARK[2];
    }

    /**
     * The value that a text is, and nothing after it.
     *
     * @throws JsonParseException if it is not valid, too deep, or has a name twice; the message
     *     says what is wrong and where
     */
    public static JsonElement parse(String json) {
        try (JsonReader reader = reader(new StringReader(json))) {
            JsonElement value = element(reader);
            reader.peek(); // fails unless nothing follows
            return value;
        } catch (IOException | IllegalStateException e) {
            throw new JsonParseException(reason(e), e);
        }
    }

    /**
     * The object that a text is, and nothing after it.
     *
     * @throws JsonParseException as {@link #parse} does, or if it is another value
     */
    public static JsonObject object(String json) {
        if (parse(json) instanceof JsonObject object) {
            return object;
        }
        throw new JsonParseException("it is not an object");
    }

    /**
     * Walks over the object that a reader stands before.
     *
     * @throws IOException if it is not valid, or has a name twice; the message says which
     * @throws IllegalStateException if it is no object
     */
    public static void eachField(JsonReader reader, Field field) throws IOException {
        var names = new HashSet<String>();
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (!names.add(name)) {
                throw new MalformedJsonException(
                        "it has the key %s twice: remove one".formatted(shown(name)));
            }
            field.read(name);
        }
        reader.endObject();
    }

    /**
     * The value that a reader stands before. Numbers keep the text that they were written with.
     *
     * @throws IOException if it is not valid, or has a name twice; the message says which
     */
    public static JsonElement element(JsonReader reader) throws IOException {
        // The recursion is bounded by the reader's nesting limit.
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                var object = new JsonObject();
                eachField(reader, name -> object.add(name, element(reader)));
                yield object;
            }
            case BEGIN_ARRAY -> {
                var array = new JsonArray();
                reader.beginArray();
                while (reader.hasNext()) {
                    array.add(element(reader));
                }
                reader.endArray();
                yield array;
            }
            case STRING -> new JsonPrimitive(reader.nextString());
            case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
            case NUMBER -> new JsonPrimitive(number(reader));
            default -> {
                reader.nextNull();
                yield JsonNull.INSTANCE;
            }
        };
    }

    private static Number number(JsonReader reader) throws IOException {
        Number number = ToNumberPolicy.LAZILY_PARSED_NUMBER.readNumber(reader);
        int length = number.toString().length();
        if (length > MAX_NUMBER_LENGTH) {
            throw new MalformedJsonException("it has a number of %d digits".formatted(length));
        }
        return number;
    }

    /**
     * What was wrong and where, of an exception that Gson's reader threw, without its advice to
     * programmers and links.
     */
    public static String reason(Exception e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse("")
                .replaceFirst("Use JsonReader.* to accept malformed JSON", "malformed JSON");
    }

    /** A text from outside, made fit for a message: no control characters, not too long. */
    public static String shown(String text) {
        int end = text.length() > 80 ? text.offsetByCodePoints(0, 60) : text.length();
        String start = text.substring(0, end) + (end < text.length() ? "..." : "");
        return '"' + start.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?") + '"';
    }
}
