package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the chunks of one answer as the events of Anthropic's messages. A server sends each with
 * its type as the event's name. What they add up to is what {@link AnthropicJson#response} writes.
 * For one thread.
 */
public final class AnthropicStreamWriter {

    private final String id;
    private final String model;
    private final AnthropicJson.Thinking thinking;

    /** The block that is open; empty if none is. */
    private String open = "";

    private int index;

    /** White space that is written only where something follows it in its block. */
    private String space = "";

    private boolean nothingInBlock;

    /**
     * A writer of one answer.
     *
     * @param id of the answer, such as {@code msg_1}
     * @param thinking what of the thought it shall show
     */
    public AnthropicStreamWriter(String id, String model, AnthropicJson.Thinking thinking) {
        this.id = id;
        this.model = model;
        this.thinking = thinking;
    }

    /**
     * The first event.
     *
     * @param promptTokens of the request; how many of them were cached is told in the end
     */
    public JsonObject begin(int promptTokens) {
        JsonObject message = AnthropicJson.message(id, model, new JsonArray());
        message.add("usage", AnthropicJson.usage(new Usage(promptTokens, 0, 0, 0)));
        JsonObject event = AnthropicJson.block("message_start");
        event.add("message", message);
        return event;
    }

    /** The events of a chunk, in order; there may be none. */
    public List<JsonObject> write(ChatChunk chunk) {
        List<JsonObject> events = new ArrayList<>();
        switch (chunk.type()) {
            case REASONING -> {
                if (thinking != AnthropicJson.Thinking.HIDDEN) {
                    addText("thinking", "thinking_delta", chunk.text(), events);
                }
            }
            case ANSWER -> addText("text", "text_delta", chunk.text(), events);
            case TOOL_CALL -> addCall(chunk.toolCall(), events);
            case DONE -> addEnd(chunk.end(), events);
        }
        return events;
    }

    private void addText(String type, String deltaType, String text, List<JsonObject> events) {
        if (!open.equals(type)) {
            if (text.isBlank()) {
                return; // no block for nothing but the line break behind a thought
            }
            close(events);
            JsonObject block = AnthropicJson.block(type);
            block.addProperty(type, "");
            if (type.equals("thinking")) {
                block.addProperty("signature", "");
            }
            start(type, block, events);
        }
        String all = space + text;
        int end = all.stripTrailing().length();
        String now = all.substring(0, end);
        space = all.substring(end);
        if (nothingInBlock) {
            now = now.stripLeading();
        }
        boolean omitted = type.equals("thinking") && thinking == AnthropicJson.Thinking.OMITTED;
        if (!now.isEmpty() && !omitted) {
            nothingInBlock = false;
            events.add(delta(deltaType, type, now));
        }
    }

    private void start(String type, JsonObject block, List<JsonObject> events) {
        open = type;
        space = "";
        nothingInBlock = true;
        JsonObject event = AnthropicJson.block("content_block_start");
        event.addProperty("index", index);
        event.add("content_block", block);
        events.add(event);
    }

    private JsonObject delta(String type, String field, String text) {
        JsonObject delta = AnthropicJson.block(type);
        delta.addProperty(field, text);
        JsonObject event = AnthropicJson.block("content_block_delta");
        event.addProperty("index", index);
        event.add("delta", delta);
        return event;
    }

    private void close(List<JsonObject> events) {
        if (open.isEmpty()) {
            return;
        }
        if (open.equals("thinking")) {
            events.add(delta("signature_delta", "signature", AnthropicJson.SIGNATURE));
        }
        JsonObject event = AnthropicJson.block("content_block_stop");
        event.addProperty("index", index);
        events.add(event);
        open = "";
        index++;
    }

    private void addCall(ToolCall call, List<JsonObject> events) {
        close(events);
        JsonObject block = AnthropicJson.toolUse(call);
        block.add("input", new JsonObject());
        start("tool_use", block, events);
        events.add(delta("input_json_delta", "partial_json", call.arguments().toString()));
        close(events);
    }

    private void addEnd(ChatChunk.End end, List<JsonObject> events) {
        boolean answered = !open.isEmpty() && !open.equals("thinking");
        if (end.finishReason() != FinishReason.TOOL_CALLS && !answered) {
            close(events);
            JsonObject block = AnthropicJson.block("text");
            block.addProperty("text", "");
            start("text", block, events);
        }
        close(events);
        JsonObject delta = new JsonObject();
        AnthropicJson.addStop(delta, end.finishReason(), end.stopText());
        JsonObject event = AnthropicJson.block("message_delta");
        event.add("delta", delta);
        event.add("usage", AnthropicJson.usage(end.usage()));
        events.add(event);
        events.add(AnthropicJson.block("message_stop"));
    }
}
