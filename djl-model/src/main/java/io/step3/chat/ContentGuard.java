package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Keeps special tokens that are written out in a request from being tokenised as such (prompt
 * injection). In every text of the request (contents, reasoning, names, arguments, tool
 * definitions) they, such as {@code <|EOT|>} or {@code <im_patch>}, are cut in two before the
 * template renders it; {@link Tokenizer#encodeGuarded} then makes special tokens only of those that
 * the template itself wrote, and ordinary text of the others.
 *
 * <p>An assistant's earlier message may be as the model wrote it, thought and answer in one text:
 * its {@code <think>} at the beginning and its first {@code </think>} stay, for templates part it
 * there.
 */
public final class ContentGuard {

    private static final String THINK = "<think>";
    private static final String THINK_END = "</think>";

    private final UnaryOperator<String> cut;

    /**
     * A guard.
     *
     * @param tokenizer whose special tokens are cut
     */
    public ContentGuard(Tokenizer tokenizer) {
        this.cut = tokenizer::cutMarks;
    }

    /** The request to render, with all its texts guarded. */
    public ChatRequest guard(ChatRequest request) {
        return new ChatRequest(
                request.messages().stream().map(this::guard).toList(),
                request.tools().stream().map(this::guard).toList(),
                request.sampling(),
                request.begun());
    }

    private ChatMessage guard(ChatMessage message) {
        UnaryOperator<String> content = message.role() == Role.ASSISTANT ? this::answer : cut;
        List<ContentPart> parts =
                message.content().stream()
                        .map(
                                part ->
                                        part instanceof ContentPart.Text words
                                                ? new ContentPart.Text(content.apply(words.text()))
                                                : part)
                        .toList();
        List<ToolCall> calls =
                message.toolCalls().stream()
                        .map(
                                call ->
                                        new ToolCall(
                                                cut.apply(call.id()),
                                                cut.apply(call.name()),
                                                object(call.arguments())))
                        .toList();
        return new ChatMessage(
                message.role(),
                parts,
                cut.apply(message.reasoning()),
                calls,
                cut.apply(message.toolCallId()));
    }

    private String answer(String text) {
        int end = text.indexOf(THINK_END);
        if (end < 0) {
            return cut.apply(text);
        }
        int begin = text.length() - text.stripLeading().length();
        begin = text.startsWith(THINK, begin) ? begin + THINK.length() : 0;
        return text.substring(0, begin)
                + cut.apply(text.substring(begin, end))
                + THINK_END
                + cut.apply(text.substring(end + THINK_END.length()));
    }

    private ToolDefinition guard(ToolDefinition tool) {
        return ToolDefinition.of(object(tool.json()));
    }

    private JsonObject object(JsonObject object) {
        JsonObject guarded = new JsonObject();
        for (Map.Entry<String, JsonElement> field : object.entrySet()) {
            guarded.add(cut.apply(field.getKey()), element(field.getValue()));
        }
        return guarded;
    }

    private JsonElement element(JsonElement element) {
        return switch (element) {
            case JsonObject object -> object(object);
            case JsonArray array -> {
                JsonArray guarded = new JsonArray();
                array.forEach(item -> guarded.add(element(item)));
                yield guarded;
            }
            case JsonPrimitive text when text.isString() ->
                    new JsonPrimitive(cut.apply(text.getAsString()));
            default -> element;
        };
    }
}
