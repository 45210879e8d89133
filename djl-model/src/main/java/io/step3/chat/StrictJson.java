package io.step3.chat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonSyntaxException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;

/** JSON by the letter of RFC 8259 and not too deep, unlike Gson's own lenient parser. */
final class StrictJson {

    /** Deeper nesting serves only to exhaust a stack. */
    private static final int MAX_DEPTH = 100;

    private StrictJson() {}

    /**
     * Parses one JSON value and nothing after it.
     *
     * @throws JsonParseException if it is not valid or nested too deeply
     */
    static JsonElement parse(String json) {
        try (JsonReader reader = new JsonReader(new StringReader(json))) {
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(MAX_DEPTH);
            JsonElement value = JsonParser.parseReader(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new JsonSyntaxException("more text after the JSON value");
            }
            return value;
        } catch (IOException | JsonParseException e) {
            throw new JsonSyntaxException(reason(e), e);
        }
    }

    /**
     * What Gson found wrong and where, without its class names, advice to programmers and links.
     */
    static String reason(Exception e) {
        Throwable cause = e.getCause() instanceof IOException inner ? inner : e;
        return String.valueOf(cause.getMessage())
                .lines()
                .findFirst()
                .orElse("")
                .replaceFirst("Use JsonReader.* to accept malformed JSON", "malformed JSON");
    }
}
