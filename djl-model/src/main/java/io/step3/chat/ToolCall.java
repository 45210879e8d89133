package io.step3.chat;

import com.google.gson.JsonObject;
import java.util.Objects;

/**
 * A call of a tool that the model asks for.
 *
 * @param id ties the tool's answer to this call, see {@link ChatMessage#tool}; may be empty
 * @param name name of the tool; it may be one that was never declared
 * @param arguments values by parameter name, in the order in which the model wrote them; copied on
 *     the way in and out, as Gson's objects are mutable
 */
public record ToolCall(String id, String name, JsonObject arguments) {
    public ToolCall {
        Objects.requireNonNull(id, "id");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("A tool call needs the name of a tool.");
        }
        arguments = arguments.deepCopy();
    }

    @Override
    public JsonObject arguments() {
        return arguments.deepCopy();
    }
}
