package io.step3.chat;

import io.step3.jinja.None;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages as templates see them: each with {@code role}, {@code content} as text, or as a list of
 * parts of type {@code text} or {@code image} where it holds more than one text, and where present
 * {@code reasoning_content}, {@code tool_calls} and {@code tool_call_id}.
 */
final class TemplateMessages {

    /**
     * How calls of tools are handed over. Templates do not agree: some ask whether the content of a
     * message that only calls is None, others add it to a text; some write the arguments as JSON,
     * others want them written. The first form that a template can do with is the right one.
     */
    enum CallForm {
        /** As transformers documents it: no content is None, arguments are a dict. */
        DOCUMENTED(None.NONE, false),
        /** As it comes over the wire: no content is None, arguments are JSON text. */
        WIRE(None.NONE, true),
        /** No content is an empty text. */
        EMPTY_CONTENT("", false),
        /** No content is an empty text, arguments are JSON text. */
        EMPTY_CONTENT_WIRE("", true);

        private final Object noContent;
        private final boolean textArguments;

        CallForm(Object noContent, boolean textArguments) {
            this.noContent = noContent;
            this.textArguments = textArguments;
        }
    }

    private TemplateMessages() {}

    /** The forms to try: more than one only where a message calls tools. */
    static List<CallForm> forms(List<ChatMessage> messages) {
        boolean calls = messages.stream().anyMatch(message -> !message.toolCalls().isEmpty());
        return calls ? List.of(CallForm.values()) : List.of(CallForm.DOCUMENTED);
    }

    static List<Object> values(List<ChatMessage> messages, CallForm form) {
        List<Object> values = new ArrayList<>(messages.size());
        messages.forEach(message -> values.add(value(message, form)));
        return values;
    }

    private static Object value(ChatMessage message, CallForm form) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("role", message.role().wireName());
        boolean onlyCalls = message.content().isEmpty() && !message.toolCalls().isEmpty();
        value.put("content", onlyCalls ? form.noContent : content(message.content()));
        if (!message.reasoning().isEmpty()) {
            value.put("reasoning_content", message.reasoning());
        }
        if (!message.toolCalls().isEmpty()) {
            List<Object> calls = new ArrayList<>();
            message.toolCalls().forEach(call -> calls.add(value(call, form)));
            value.put("tool_calls", calls);
        }
        if (message.role() == Role.TOOL) {
            value.put("tool_call_id", message.toolCallId());
        }
        return value;
    }

    private static Object value(ToolCall call, CallForm form) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put(
                "arguments",
                form.textArguments
                        ? PythonJson.write(call.arguments())
                        : PythonJson.value(call.arguments()));
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("id", call.id());
        value.put("type", "function");
        value.put("function", function);
        return value;
    }

    private static Object content(List<ContentPart> parts) {
        if (parts.isEmpty()) {
            return "";
        }
        if (parts.size() == 1 && parts.getFirst() instanceof ContentPart.Text words) {
            return words.text();
        }
        List<Object> content = new ArrayList<>();
        for (ContentPart part : parts) {
            Map<String, Object> value = new LinkedHashMap<>();
            switch (part) {
                case ContentPart.Text words -> {
                    value.put("type", "text");
                    value.put("text", words.text());
                }
                case ContentPart.Image image -> value.put("type", "image");
            }
            content.add(value);
        }
        return content;
    }
}
