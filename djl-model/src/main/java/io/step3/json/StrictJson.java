package io.step3.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * JSON by the letter of RFC 8259: valid UTF-8, no name twice in an object, nested at most {@value
 * #MAX_DEPTH} deep. Gson itself lets the last of equal names win, which would let two readers of
 * one file see different models. A byte order mark is skipped, as the RFC permits.
 */
public final class StrictJson {

    /** How deep objects and arrays may lie in one another. */
    public static final int MAX_DEPTH = 32;

    private static final int MAX_NUMBER_LENGTH = 64;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private StrictJson() {}

    /** A strict reader over UTF-8 text; it throws {@link IOException} for what is not JSON. */
    public static JsonReader reader(byte[] utf8) {
        int from = startsWithMark(utf8) ? BYTE_ORDER_MARK.length : 0;
        var in = new ByteArrayInputStream(utf8, from, utf8.length - from);
        // A new decoder, unlike a charset, reports malformed bytes instead of replacing them.
        var reader = new JsonReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
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
     * The value that a reader stands before. Numbers are {@link BigDecimal}s; one whose exponent no
     * {@code BigDecimal} holds is the nearest {@code double}, infinity or zero.
     *
     * @throws IOException if it is not valid, or has a name twice; the message says which
     */
    public static JsonElement element(JsonReader reader) throws IOException {
        // The recursion is bounded by the reader's nesting limit.
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                var object = new JsonObject();
                reader.beginObject();
                while (reader.hasNext()) {
                    String name = reader.nextName();
                    if (object.has(name)) {
                        throw new MalformedJsonException(
                                "it has the key %s twice: remove one".formatted(shown(name)));
                    }
                    object.add(name, element(reader));
                }
                reader.endObject();
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
            case NUMBER -> new JsonPrimitive(number(reader.nextString()));
            default -> {
                reader.nextNull();
                yield JsonNull.INSTANCE;
            }
        };
    }

    private static Number number(String digits) throws IOException {
        if (digits.length() > MAX_NUMBER_LENGTH) {
            throw new MalformedJsonException(
                    "it has a number of %d digits".formatted(digits.length()));
        }
        try {
            return new BigDecimal(digits);
        } catch (NumberFormatException e) {
            return Double.valueOf(digits);
        }
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
