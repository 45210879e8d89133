package io.step3.chat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tool that the model may call. Templates show it to the model as it was given, with whatever
 * fields it has and in their order. Immutable: Gson's objects are copied on the way in and out.
 */
public final class ToolDefinition {

    private final JsonObject json;

    private ToolDefinition(JsonObject ownedJson) {
        this.json = ownedJson;
        if (name().isBlank()) {
            throw new IllegalArgumentException("A tool needs a name.");
        }
    }

    /**
     * A tool of three fields.
     *
     * @param name the tool's name; not empty
     * @param description what it does, for the model to read; may be empty
     * @param parameters JSON schema of the arguments, an object schema with {@code properties}
     */
    public ToolDefinition(String name, String description, JsonObject parameters) {
        this(json(name, description, parameters));
    }

    private static JsonObject json(String name, String description, JsonObject parameters) {
        JsonObject function = new JsonObject();
        function.addProperty("name", name);
        function.addProperty("description", Objects.requireNonNull(description, "description"));
        function.add("parameters", parameters.deepCopy());
        JsonObject json = new JsonObject();
        json.addProperty("type", "function");
        json.add("function", function);
        return json;
    }

    /**
     * A tool as OpenAI's format has it: {@code {"type": "function", "function": {"name": ...}}}.
     *
     * @throws IllegalArgumentException if it has no name
     */
    public static ToolDefinition of(JsonObject json) {
        return new ToolDefinition(json.deepCopy());
    }

    /** The tool's name; not empty. */
    public String name() {
        return text("name");
    }

    /** What it does, for the model to read; empty if nothing is said. */
    public String description() {
        return text("description");
    }

    /** JSON schema of the arguments; without any field if none is given. */
    public JsonObject parameters() {
        return field("parameters") instanceof JsonObject schema
                ? schema.deepCopy()
                : new JsonObject();
    }

    /** All of it, in OpenAI's format. */
    public JsonObject json() {
        return json.deepCopy();
    }

    private String text(String name) {
        return field(name) instanceof JsonPrimitive text && text.isString()
                ? text.getAsString()
                : "";
    }

    private @Nullable JsonElement field(String name) {
        return json.get("function") instanceof JsonObject function ? function.get(name) : null;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ToolDefinition tool && json.equals(tool.json);
    }

    @Override
    public int hashCode() {
        return json.hashCode();
    }

    @Override
    public String toString() {
        return json.toString();
    }
}
