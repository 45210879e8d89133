package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/**
 * Writes the chunks of one answer as {@code chat.completion.chunk} objects. A server sends each as
 * the {@code data:} of an event, and {@code data: [DONE]} in the end. For one thread.
 */
public final class OpenAiStreamWriter {

    private final String id;
    private final String model;
    private final long created;
    private boolean started;
    private int toolCalls;

    /**
     * A writer of one answer.
     *
     * @param id of the answer, such as {@code chatcmpl-1}
     * @param model the model's name
     * @param created seconds since 1970
     */
    public OpenAiStreamWriter(String id, String model, long created) {
        this.id = id;
        this.model = model;
        this.created = created;
    }

    /** The object of a chunk; the last one carries {@code usage} too. */
    public JsonObject write(ChatChunk chunk) {
        JsonObject delta = new JsonObject();
        if (!started) {
            delta.addProperty("role", "assistant");
            started = true;
        }
        JsonElement finishReason = JsonNull.INSTANCE;
        switch (chunk.type()) {
            case REASONING -> delta.addProperty("reasoning_content", chunk.text());
            case ANSWER -> delta.addProperty("content", chunk.text());
            case TOOL_CALL -> {
                JsonObject call = OpenAiJson.toolCall(chunk.toolCall());
                call.addProperty("index", toolCalls++);
                JsonArray calls = new JsonArray();
                calls.add(call);
                delta.add("tool_calls", calls);
            }
            case DONE -> finishReason = new JsonPrimitive(chunk.end().finishReason().wireName());
        }
        JsonObject choice = new JsonObject();
        choice.addProperty("index", 0);
        choice.add("delta", delta);
        if (!chunk.logprobs().isEmpty()) {
            choice.add("logprobs", OpenAiJson.logprobs(chunk.logprobs()));
        }
        choice.add("finish_reason", finishReason);
        JsonArray choices = new JsonArray();
        choices.add(choice);
        JsonObject json = OpenAiJson.envelope("chat.completion.chunk", id, model, created);
        json.add("choices", choices);
        if (chunk.end() != null) {
            json.add("usage", OpenAiJson.usage(chunk.end().usage()));
            OpenAiJson.addTimings(chunk.end().timings(), json);
        }
        return json;
    }
}
