package io.step3.remote;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import io.step3.chat.ContextOverflowException;
import io.step3.json.StrictJson;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a server says is wrong: OpenAI's and vLLM's {@code {"error": {"message": ...}}}, SGLang's
 * flat {@code {"object": "error", "message": ...}}, {@code {"detail": ...}} of what lies before
 * them, a proxy's page, or plain words.
 */
final class ErrorText {

    /** Of an error body nothing further is read. */
    static final int MOST_BYTES = 64 << 10;

    private static final int MOST_CHARS = 200;
    private static final Pattern TITLE =
            Pattern.compile("<title[^>]*>([^<]{1,1000})<", Pattern.CASE_INSENSITIVE);
    private static final Pattern MARKUP =
            Pattern.compile("^\\s*<(!doctype|html|head|\\?xml)", Pattern.CASE_INSENSITIVE);

    /** How servers say that a prompt is too long. */
    private static final List<Pattern> OVERFLOWS =
            List.of(
                    // this project
                    Pattern.compile(
                            "the prompt has (?:more than )?(?<needed>\\d{1,9}) tokens.*?context holds (?<most>\\d{1,9})"),
                    // vLLM, as of the years
                    Pattern.compile(
                            "context length is (?<most>\\d{1,9}) tokens.*?\\((?<needed>\\d{1,9}) in the messages"),
                    Pattern.compile(
                            "context length is (?<most>\\d{1,9}) tokens.*?(?:has|contains at least|contains) (?<needed>\\d{1,9}) input tokens"),
                    Pattern.compile(
                            "\\(length (?<needed>\\d{1,9})\\).*?model length of (?<most>\\d{1,9})"),
                    // SGLang
                    Pattern.compile(
                            "[Ii]nput length \\((?<needed>\\d{1,9}) tokens\\).*?allowed length \\((?<most>\\d{1,9}) tokens\\)"),
                    Pattern.compile(
                            "input \\((?<needed>\\d{1,9}) tokens\\).*?context length \\((?<most>\\d{1,9}) tokens\\)"));

    private ErrorText() {}

    /** The message in an event of a stream, if that reports an error. */
    static Optional<String> inEvent(String data) {
        JsonObject object = object(data);
        boolean reports =
                object != null
                        && !object.has("choices")
                        && (isSet(object.get("error"))
                                || new JsonPrimitive("error").equals(object.get("object")));
        return reports ? Optional.of(of(data)) : Optional.empty();
    }

    /** The message in the body of a response; empty if it says nothing. */
    static String of(String body) {
        JsonObject object = object(body);
        if (object != null) {
            return message(object).orElse(body);
        }
        Matcher title = TITLE.matcher(body);
        if (MARKUP.matcher(body).find()) {
            return title.find() ? title.group(1) : "";
        }
        return body;
    }

    private static @Nullable JsonObject object(String text) {
        try {
            return StrictJson.object(text);
        } catch (JsonParseException e) {
            return null;
        }
    }

    private static boolean isSet(@Nullable JsonElement value) {
        return value != null && !value.isJsonNull();
    }

    private static Optional<String> message(JsonObject object) {
        for (String field : List.of("error", "message", "detail")) {
            switch (object.get(field)) {
                case JsonPrimitive words -> {
                    return Optional.of(words.getAsString());
                }
                case JsonObject inner -> {
                    Optional<String> message = message(inner);
                    if (message.isPresent()) {
                        return message;
                    }
                }
                case null, default -> {}
            }
        }
        return Optional.empty();
    }

    /** In one line of a bearable length, which ends without a full stop and shows no key. */
    static String tidied(String words, Optional<ApiKey> key) {
        String hidden = key.map(known -> known.hideIn(words)).orElse(words);
        String line = hidden.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
        if (line.length() > MOST_CHARS) {
            int end = Character.isHighSurrogate(line.charAt(MOST_CHARS - 1)) ? 1 : 0;
            return line.substring(0, MOST_CHARS - end) + "...";
        }
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }

    /** A prompt that is too long for the context, if that is what a message says. */
    static Optional<ContextOverflowException> overflow(String message) {
        for (Pattern pattern : OVERFLOWS) {
            Matcher found = pattern.matcher(message);
            if (found.find()) {
                int needed = Integer.parseInt(found.group("needed"));
                int most = Integer.parseInt(found.group("most"));
                // Equal where a server counted no further than that it is too long.
                return needed >= most
                        ? Optional.of(new ContextOverflowException(needed, most))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
