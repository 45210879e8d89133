package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the chunks of one answer as {@code chat.completion.chunk} objects. A server sends each as
 * the {@code data:} of an event, and {@code data: [DONE]} in the end. For one thread.
 *
 * <p>The first object tells the role and has no words: it may go out as soon as the request is
 * accepted. A tool call takes two, its name and then its arguments. The usage, where it is wanted,
 * comes last of all in an object without choices, as in OpenAI's API, and else not at all.
 */
public final class OpenAiStreamWriter {

    private final String id;
    private final String model;
    private final long created;
    private final boolean includeUsage;
    private boolean begun;
    private int toolCalls;

    /**
     * A writer of one answer.
     *
     * @param id of the answer, such as {@code chatcmpl-1}
     * @param model the model's name
     * @param created seconds since 1970
     * @param includeUsage whether the request's {@code stream_options.include_usage} asks for it
     */
    public OpenAiStreamWriter(String id, String model, long created, boolean includeUsage) {
        this.id = id;
        this.model = model;
        this.created = created;
        this.includeUsage = includeUsage;
    }

    /**
     * The first object, with the role; {@link #write} begins by itself where this was not called.
     */
    public JsonObject begin() {
        begun = true;
        JsonObject delta = new JsonObject();
        delta.addProperty("role", "assistant");
        delta.addProperty("content", "");
        return choice(delta, List.of(), JsonNull.INSTANCE);
    }

    /** The objects of a chunk, in order; at least one. */
    public List<JsonObject> write(ChatChunk chunk) {
        List<JsonObject> objects = new ArrayList<>();
        if (!begun) {
            objects.add(begin());
        }
        switch (chunk.type()) {
            case REASONING -> objects.add(text("reasoning_content", chunk));
            case ANSWER -> objects.add(text("content", chunk));
            case TOOL_CALL -> addCall(chunk, objects);
            case DONE -> addEnd(chunk, objects);
        }
        return objects;
    }

    private JsonObject text(String field, ChatChunk chunk) {
        JsonObject delta = new JsonObject();
        delta.addProperty(field, chunk.text());
        return choice(delta, chunk.logprobs(), JsonNull.INSTANCE);
    }

    private void addCall(ChatChunk chunk, List<JsonObject> objects) {
        JsonObject call = OpenAiJson.toolCall(chunk.toolCall());
        JsonElement arguments = call.getAsJsonObject("function").get("arguments");
        call.getAsJsonObject("function").addProperty("arguments", "");
        objects.add(choice(calls(call), chunk.logprobs(), JsonNull.INSTANCE));
        JsonObject function = new JsonObject();
        function.add("arguments", arguments);
        JsonObject rest = new JsonObject();
        rest.add("function", function);
        objects.add(choice(calls(rest), List.of(), JsonNull.INSTANCE));
        toolCalls++;
    }

    private JsonObject calls(JsonObject call) {
        call.addProperty("index", toolCalls);
        JsonArray calls = new JsonArray();
        calls.add(call);
        JsonObject delta = new JsonObject();
        delta.add("tool_calls", calls);
        return delta;
    }

    private void addEnd(ChatChunk chunk, List<JsonObject> objects) {
        ChatChunk.End end = chunk.end();
        var reason = new JsonPrimitive(end.finishReason().wireName());
        JsonObject last = choice(new JsonObject(), chunk.logprobs(), reason);
        OpenAiJson.addStopText(
                end.stopText(), last.getAsJsonArray("choices").get(0).getAsJsonObject());
        OpenAiJson.addTimings(end.timings(), last);
        objects.add(last);
        if (includeUsage) {
            JsonObject usage = OpenAiJson.envelope("chat.completion.chunk", id, model, created);
            usage.add("choices", new JsonArray());
            usage.add("usage", OpenAiJson.usage(end.usage()));
            objects.add(usage);
        }
    }

    private JsonObject choice(JsonObject delta, List<TokenLogprob> logprobs, JsonElement reason) {
        JsonObject choice = new JsonObject();
        choice.addProperty("index", 0);
        choice.add("delta", delta);
        choice.add(
                "logprobs", logprobs.isEmpty() ? JsonNull.INSTANCE : OpenAiJson.logprobs(logprobs));
        choice.add("finish_reason", reason);
        JsonArray choices = new JsonArray();
        choices.add(choice);
        JsonObject json = OpenAiJson.envelope("chat.completion.chunk", id, model, created);
        json.add("choices", choices);
        return json;
    }
}
