package io.step3.chat;

import com.google.gson.JsonObject;
import java.util.Objects;

/**
 * A tool that the model may call.
 *
 * @param name the tool's name; not empty
 * @param description what it does, for the model to read; may be empty
 * @param parameters JSON schema of the arguments, an object schema with {@code properties}; copied
 *     on the way in and out, as Gson's objects are mutable
 */
public record ToolDefinition(String name, String description, JsonObject parameters) {
    public ToolDefinition {
        if (name.isBlank()) {
            throw new IllegalArgumentException("A tool needs a name.");
        }
        Objects.requireNonNull(description, "description");
        parameters = parameters.deepCopy();
    }

    @Override
    public JsonObject parameters() {
        return parameters.deepCopy();
    }
}
