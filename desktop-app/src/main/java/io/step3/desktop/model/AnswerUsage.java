package io.step3.desktop.model;

import com.google.gson.JsonObject;
import io.step3.chat.ChatChunk;
import io.step3.chat.FinishReason;
import io.step3.json.StrictJson;

/**
 * What an answer cost and how fast it came, as it is kept with the message.
 *
 * @param finish why the model stopped; empty if that is not known
 */
public record AnswerUsage(
        int promptTokens,
        int cachedTokens,
        int reasoningTokens,
        int completionTokens,
        long firstTokenMillis,
        double tokensPerSecond,
        long thinkingMillis,
        String finish) {

    /** Nothing is known. */
    public static final AnswerUsage NONE = new AnswerUsage(0, 0, 0, 0, 0, 0, 0, "");

    static AnswerUsage of(ChatChunk.End end, long thinkingMillis) {
        return new AnswerUsage(
                end.usage().promptTokens(),
                end.usage().cachedTokens(),
                end.usage().reasoningTokens(),
                end.usage().completionTokens(),
                end.timings().timeToFirstToken().toMillis(),
                end.timings().tokensPerSecond(),
                thinkingMillis,
                end.finishReason().wireName());
    }

    /**
     * What this and a continuation of it cost together.
     *
     * @param rest what only the continuation cost; its prompt ends with what this wrote
     */
    AnswerUsage followedBy(AnswerUsage rest) {
        int tokens = completionTokens + rest.completionTokens;
        double seconds = seconds() + rest.seconds();
        return new AnswerUsage(
                Math.max(0, rest.promptTokens - completionTokens),
                completionTokens == 0 ? rest.cachedTokens : cachedTokens,
                reasoningTokens + rest.reasoningTokens,
                tokens,
                firstTokenMillis == 0 ? rest.firstTokenMillis : firstTokenMillis,
                // A part whose speed is not known does not count.
                seconds == 0 ? 0 : (timedTokens() + rest.timedTokens()) / seconds,
                thinkingMillis + rest.thinkingMillis,
                rest.finish);
    }

    private int timedTokens() {
        return tokensPerSecond > 0 ? completionTokens : 0;
    }

    private double seconds() {
        return tokensPerSecond > 0 ? completionTokens / tokensPerSecond : 0;
    }

    /** Tokens of the context that it fills. */
    public int contextUsed() {
        return promptTokens + completionTokens;
    }

    /** Whether it ended because a limit of tokens was reached. */
    public boolean cutShort() {
        return finish.equals(FinishReason.LENGTH.wireName());
    }

    String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("prompt_tokens", promptTokens);
        json.addProperty("cached_tokens", cachedTokens);
        json.addProperty("reasoning_tokens", reasoningTokens);
        json.addProperty("completion_tokens", completionTokens);
        json.addProperty("first_token_ms", firstTokenMillis);
        json.addProperty("tokens_per_second", tokensPerSecond);
        json.addProperty("thinking_ms", thinkingMillis);
        json.addProperty("finish_reason", finish);
        return json.toString();
    }

    /** From what the store has; an imported conversation may hold anything. */
    static AnswerUsage ofJson(String text) {
        try {
            JsonObject json = StrictJson.object(text);
            return new AnswerUsage(
                    integer(json, "prompt_tokens"),
                    integer(json, "cached_tokens"),
                    integer(json, "reasoning_tokens"),
                    integer(json, "completion_tokens"),
                    integer(json, "first_token_ms"),
                    json.has("tokens_per_second") ? json.get("tokens_per_second").getAsDouble() : 0,
                    integer(json, "thinking_ms"),
                    json.has("finish_reason") ? json.get("finish_reason").getAsString() : "");
        } catch (RuntimeException e) {
            return NONE;
        }
    }

    private static int integer(JsonObject json, String key) {
        return json.has(key) ? Math.max(0, json.get(key).getAsInt()) : 0;
    }
}
