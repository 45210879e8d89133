package io.step3.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.step3.chat.ChatChunk;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * For programs: one JSON object a line, with {@code type} ({@code reasoning}, {@code answer},
 * {@code tool_call} or {@code done}) and {@code text}; a tool call has {@code id}, {@code name} and
 * {@code arguments}, and {@code done} has {@code finish_reason}, {@code usage} and {@code timings}.
 */
final class JsonPrinter implements AnswerPrinter {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    /** What JSON lets stand as it is and an output does not: delete and the C1 characters. */
    private static final Pattern CONTROL = Pattern.compile("[\\x7F-\\x9F]");

    private final Output out;

    JsonPrinter(Output out) {
        this.out = out;
    }

    @Override
    public void print(ChatChunk chunk) {
        JsonObject line = new JsonObject();
        line.addProperty("type", chunk.type().name().toLowerCase(Locale.ROOT));
        line.addProperty("text", chunk.text());
        if (chunk.toolCall() != null) {
            line.addProperty("id", chunk.toolCall().id());
            line.addProperty("name", chunk.toolCall().name());
            line.add("arguments", chunk.toolCall().arguments());
        }
        if (chunk.end() != null) {
            addEnd(line, chunk.end());
        }
        out.println(
                CONTROL.matcher(GSON.toJson(line))
                        .replaceAll(c -> "\\\\u%04x".formatted((int) c.group().charAt(0))));
        out.flush();
    }

    /** The lines that came are whole, and the last has no type "done". */
    @Override
    public void breakOff() {}

    private static void addEnd(JsonObject line, ChatChunk.End end) {
        line.addProperty("finish_reason", end.finishReason().wireName());
        JsonObject usage = new JsonObject();
        usage.addProperty("prompt_tokens", end.usage().promptTokens());
        usage.addProperty("cached_tokens", end.usage().cachedTokens());
        usage.addProperty("reasoning_tokens", end.usage().reasoningTokens());
        usage.addProperty("completion_tokens", end.usage().completionTokens());
        line.add("usage", usage);
        JsonObject timings = new JsonObject();
        timings.addProperty("time_to_first_token_ms", end.timings().timeToFirstToken().toMillis());
        timings.addProperty("tokens_per_second", end.timings().tokensPerSecond());
        line.add("timings", timings);
    }
}
