package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Requests and responses in Anthropic's messages format. Its conversation is read by {@link
 * AnthropicMessages}; {@link AnthropicStreamWriter} writes streams.
 *
 * <p>What is read comes from outside, with the limits of {@link OpenAiJson}. Unknown fields are
 * ignored; known ones that would change the answer and cannot be honoured are refused by name.
 */
public final class AnthropicJson {

    /** Any is accepted back: nothing here is encrypted. */
    static final String SIGNATURE = "step3";

    private AnthropicJson() {}

    /** What of its thought an answer shows. */
    public enum Thinking {
        /** Nothing: who did not ask for it takes the first block for the answer. */
        HIDDEN,
        /** That it thought, and not what. */
        OMITTED,
        /** All of it. */
        SHOWN
    }

    /**
     * A request with what only a server needs.
     *
     * @param model the wanted model's name; may be empty
     * @param stream whether the answer shall be streamed
     * @param thinking what of the thought it shall show
     * @param chat the request itself
     */
    public record Request(String model, boolean stream, Thinking thinking, ChatRequest chat) {
        public Request {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(thinking, "thinking");
            Objects.requireNonNull(chat, "chat");
        }
    }

    /**
     * Reads a request.
     *
     * @param pictures gives those that it names by URL
     * @throws IllegalArgumentException if it is not valid
     */
    public static Request readRequest(String json, PictureUrls pictures) {
        JsonPath root = OpenAiJson.parse(json);
        int most = root.require("max_tokens").integer();
        if (most < 1) {
            throw root.require("max_tokens").refuse("max_tokens must be at least 1.");
        }
        return read(root, most, pictures);
    }

    /**
     * Reads a request whose tokens are to be counted: it says nothing of how many to write.
     *
     * @throws IllegalArgumentException if it is not valid
     */
    public static Request readCounted(String json, PictureUrls pictures) {
        return read(OpenAiJson.parse(json), null, pictures);
    }

    private static Request read(JsonPath root, @Nullable Integer most, PictureUrls pictures) {
        String model = root.require("model").string();
        refuseWhatWeCannot(root);
        var messages = new AnthropicMessages(pictures);
        messages.read(root);
        Optional<JsonPath> choice = root.get("tool_choice");
        boolean noTools =
                choice.map(chosen -> chosen.require("type").string())
                        .filter("none"::equals)
                        .isPresent();
        List<ToolDefinition> tools =
                root.get("tools").map(JsonPath::items).orElse(List.of()).stream()
                        .map(AnthropicJson::readTool)
                        .toList();
        return new Request(
                model,
                root.get("stream").map(JsonPath::bool).orElse(false),
                thinking(root),
                new ChatRequest(
                        messages.all(),
                        noTools ? List.of() : tools,
                        sampling(root, most),
                        messages.begun()));
    }

    private static void refuseWhatWeCannot(JsonPath root) {
        root.get("output_config")
                .flatMap(config -> config.get("format"))
                .ifPresent(
                        format -> {
                            throw format.refuse(
                                    "output_config.format is not supported: leave it out.");
                        });
        root.get("mcp_servers")
                .filter(servers -> !servers.items().isEmpty())
                .ifPresent(
                        servers -> {
                            throw servers.refuse("mcp_servers is not supported: leave it out.");
                        });
    }

    private static ToolDefinition readTool(JsonPath tool) {
        tool.get("type")
                .filter(type -> !type.string().equals("custom"))
                .ifPresent(
                        type -> {
                            throw type.refuse(
                                    "%s must be custom: this server has no tool of type '%s'."
                                            .formatted(type.path(), type.string()));
                        });
        JsonPath name = tool.require("name");
        if (name.string().isBlank()) {
            throw name.refuse(name.path() + " is empty.");
        }
        return new ToolDefinition(
                name.string(),
                tool.get("description").map(JsonPath::string).orElse(""),
                tool.require("input_schema").object());
    }

    private static Thinking thinking(JsonPath root) {
        Optional<JsonPath> thinking = root.get("thinking");
        if (thinking.isEmpty()) {
            return Thinking.HIDDEN;
        }
        JsonPath type = thinking.get().require("type");
        return switch (type.string()) {
            case "disabled" -> Thinking.HIDDEN;
            case "enabled", "adaptive", "between_tools" ->
                    thinking.get()
                                    .get("display")
                                    .map(JsonPath::string)
                                    .filter("omitted"::equals)
                                    .isPresent()
                            ? Thinking.OMITTED
                            : Thinking.SHOWN;
            default ->
                    throw type.refuse(
                            "thinking.type must be enabled, adaptive, between_tools or disabled.");
        };
    }

    private static SamplingOptions sampling(JsonPath root, @Nullable Integer most) {
        return SamplingOptions.builder()
                .temperature(root.get("temperature").map(JsonPath::number).orElse(null))
                .topP(
                        root.get("top_p")
                                .map(JsonPath::number)
                                .map(mass -> mass == 0 ? Double.MIN_VALUE : mass)
                                .orElse(null))
                .topK(
                        root.get("top_k")
                                .map(JsonPath::integer)
                                .map(k -> k == -1 ? 0 : k)
                                .orElse(null))
                .maxTokens(most)
                .stop(
                        root.get("stop_sequences").map(JsonPath::items).orElse(List.of()).stream()
                                .map(JsonPath::string)
                                .filter(text -> !text.isEmpty())
                                .toList())
                .thinkBudget(thinkBudget(root))
                .parallelToolCalls(
                        root.get("tool_choice")
                                .flatMap(choice -> choice.get("disable_parallel_tool_use"))
                                .map(JsonPath::bool)
                                .map(disabled -> !disabled)
                                .orElse(null))
                .forcedCall(root.get("tool_choice").map(AnthropicJson::forced).orElse(null))
                .build();
    }

    private static @Nullable ForcedCall forced(JsonPath choice) {
        JsonPath type = choice.require("type");
        return switch (type.string()) {
            case "auto", "none" -> null;
            case "any" -> ForcedCall.ANY;
            case "tool" -> ForcedCall.of(choice.require("name").string());
            default -> throw type.refuse("tool_choice.type must be auto, any, tool or none.");
        };
    }

    private static @Nullable Integer thinkBudget(JsonPath root) {
        Optional<JsonPath> thinking = root.get("thinking");
        return thinking.flatMap(said -> said.get("type"))
                        .map(JsonPath::string)
                        .filter("disabled"::equals)
                        .isPresent()
                ? Integer.valueOf(0)
                : thinking.flatMap(said -> said.get("budget_tokens"))
                        .map(JsonPath::integer)
                        .orElse(null);
    }

    /**
     * Writes a whole answer.
     *
     * @param id of the answer, such as {@code msg_1}
     */
    public static JsonObject response(
            ChatResponse response, Thinking thinking, String id, String model) {
        JsonArray content = new JsonArray();
        if (thinking != Thinking.HIDDEN && !response.reasoning().isEmpty()) {
            JsonObject block = block("thinking");
            block.addProperty("thinking", thinking == Thinking.SHOWN ? response.reasoning() : "");
            block.addProperty("signature", SIGNATURE);
            content.add(block);
        }
        if (!response.answer().isEmpty() || response.toolCalls().isEmpty()) {
            JsonObject block = block("text");
            block.addProperty("text", response.answer());
            content.add(block);
        }
        for (ToolCall call : response.toolCalls()) {
            JsonObject block = toolUse(call);
            block.add("input", call.arguments());
            content.add(block);
        }
        JsonObject json = message(id, model, content);
        addStop(json, response.finishReason(), response.stopText());
        JsonObject usage = usage(response.usage());
        json.add("usage", usage);
        return json;
    }

    static JsonObject message(String id, String model, JsonArray content) {
        JsonObject json = new JsonObject();
        json.addProperty("id", id);
        json.addProperty("type", "message");
        json.addProperty("role", "assistant");
        json.addProperty("model", model);
        json.add("content", content);
        json.add("stop_reason", JsonNull.INSTANCE);
        json.add("stop_sequence", JsonNull.INSTANCE);
        return json;
    }

    static JsonObject block(String type) {
        JsonObject block = new JsonObject();
        block.addProperty("type", type);
        return block;
    }

    static JsonObject toolUse(ToolCall call) {
        JsonObject block = block("tool_use");
        block.addProperty("id", "toolu_" + call.id().replaceFirst("^call_", ""));
        block.addProperty("name", call.name());
        return block;
    }

    static void addStop(JsonObject json, FinishReason reason, Optional<String> stopText) {
        json.addProperty(
                "stop_reason",
                switch (reason) {
                    case STOP, CANCELLED -> stopText.isPresent() ? "stop_sequence" : "end_turn";
                    case LENGTH -> "max_tokens";
                    case CONTEXT_FULL -> "model_context_window_exceeded";
                    case TOOL_CALLS -> "tool_use";
                });
        JsonElement text = JsonNull.INSTANCE;
        if (stopText.isPresent()) {
            text = new JsonPrimitive(stopText.get());
        }
        json.add("stop_sequence", text);
    }

    /** Cached tokens are not among the input's. */
    static JsonObject usage(Usage usage) {
        JsonObject json = new JsonObject();
        json.addProperty("input_tokens", usage.promptTokens() - usage.cachedTokens());
        json.addProperty("cache_creation_input_tokens", 0);
        json.addProperty("cache_read_input_tokens", usage.cachedTokens());
        json.addProperty("output_tokens", usage.completionTokens());
        return json;
    }
}
