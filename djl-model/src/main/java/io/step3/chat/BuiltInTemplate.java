package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Map;

/**
 * Step3's own format, for checkpoints without a template:
 *
 * <pre>{@code
 * <｜begin▁of▁sentence｜>{system}<|BOT|>user\n{content}<|EOT|><|BOT|>assistant\n<think>\n
 * }</pre>
 *
 * <p>A leading system message stands bare; declared tools follow it as a turn {@code
 * tool_json_schemas}; an assistant's tool calls are written as it wrote them itself; its earlier
 * reasoning is left out.
 */
public final class BuiltInTemplate implements ChatTemplate {

    static final String BEGIN_OF_SENTENCE = "<｜begin▁of▁sentence｜>";

    private final String beginOfSentence;

    /**
     * The template.
     *
     * @param beginOfSentence the token that every prompt begins with
     */
    public BuiltInTemplate(String beginOfSentence) {
        this.beginOfSentence = beginOfSentence;
    }

    @Override
    public String render(
            List<ChatMessage> messages, List<ToolDefinition> tools, boolean addGenerationPrompt) {
        StringBuilder prompt = new StringBuilder(beginOfSentence);
        boolean leadingSystem = !messages.isEmpty() && messages.getFirst().role() == Role.SYSTEM;
        if (leadingSystem) {
            appendContent(messages.getFirst(), prompt);
        }
        if (!tools.isEmpty()) {
            JsonArray schemas = new JsonArray();
            tools.forEach(tool -> schemas.add(tool.json()));
            prompt.append("<|BOT|>tool_json_schemas\n")
                    .append(PythonJson.write(schemas))
                    .append("<|EOT|>");
        }
        for (ChatMessage message : messages.subList(leadingSystem ? 1 : 0, messages.size())) {
            prompt.append("<|BOT|>").append(message.role().wireName()).append('\n');
            appendContent(message, prompt);
            appendToolCalls(message.toolCalls(), prompt);
            prompt.append("<|EOT|>");
        }
        if (addGenerationPrompt) {
            prompt.append("<|BOT|>assistant\n<think>\n");
        }
        return prompt.toString();
    }

    private static void appendContent(ChatMessage message, StringBuilder prompt) {
        for (ContentPart part : message.content()) {
            switch (part) {
                case ContentPart.Text words -> prompt.append(words.text());
                case ContentPart.Image image -> prompt.append("<im_patch>");
            }
        }
    }

    private static void appendToolCalls(List<ToolCall> calls, StringBuilder prompt) {
        if (calls.isEmpty()) {
            return;
        }
        prompt.append("<｜tool_calls_begin｜>");
        for (ToolCall call : calls) {
            prompt.append("<｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name=\"")
                    .append(call.name())
                    .append("\">");
            JsonObject arguments = call.arguments();
            for (Map.Entry<String, JsonElement> argument : arguments.entrySet()) {
                prompt.append("<steptml:parameter name=\"")
                        .append(argument.getKey())
                        .append("\">")
                        .append(asWritten(argument.getValue()))
                        .append("</steptml:parameter>");
            }
            prompt.append("</steptml:invoke><｜tool_call_end｜>");
        }
        prompt.append("<｜tool_calls_end｜>");
    }

    private static String asWritten(JsonElement value) {
        return value instanceof JsonPrimitive text && text.isString()
                ? text.getAsString()
                : PythonJson.write(value);
    }
}
