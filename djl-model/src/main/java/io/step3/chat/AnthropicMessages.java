package io.step3.chat;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads the conversation of a request in Anthropic's format. What a tool answered stands there in a
 * message of the user and is a message of its own here; a last message of the assistant is a reply
 * that is to be gone on with.
 */
final class AnthropicMessages {

    /**
     * Some agents begin their system prompt with a line that changes with every request: with it no
     * prompt would begin as the last one, and nothing be found in a cache.
     */
    private static final String BILLING = "x-anthropic-billing-header:";

    private static final int MAX_MESSAGES = 10_000;

    private final PictureUrls pictures;
    private final List<ChatMessage> messages = new ArrayList<>();
    private BegunReply begun = BegunReply.NOTHING;

    AnthropicMessages(PictureUrls pictures) {
        this.pictures = pictures;
    }

    /** The conversation, without the reply that is begun. */
    List<ChatMessage> all() {
        return messages;
    }

    BegunReply begun() {
        return begun;
    }

    /** Reads {@code system} and {@code messages} of a request. */
    void read(JsonPath root) {
        root.get("system").map(AnthropicMessages::systemText).ifPresent(this::addSystem);
        JsonPath said = root.require("messages");
        List<JsonPath> items = said.items();
        if (items.isEmpty() || items.size() > MAX_MESSAGES) {
            throw said.refuse("messages must have 1 to " + MAX_MESSAGES + " messages.");
        }
        for (JsonPath item : items) {
            JsonPath role = item.require("role");
            switch (role.string()) {
                case "user" -> readUser(item.require("content"));
                case "assistant" -> readAssistant(item, item == items.getLast());
                case "system" -> addSystem(systemText(item.require("content")));
                default -> throw role.refuse(role.path() + " must be user, assistant or system.");
            }
        }
    }

    private void addSystem(String text) {
        if (!text.isEmpty()) {
            messages.add(ChatMessage.system(text));
        }
    }

    private static String systemText(JsonPath system) {
        return blocks(system).stream()
                .map(block -> block.isString() ? block.string() : block.require("text").string())
                .filter(text -> !text.startsWith(BILLING))
                .collect(Collectors.joining("\n"));
    }

    /** Blocks, or a text that stands for one. */
    private static List<JsonPath> blocks(JsonPath content) {
        return content.isString() ? List.of(content) : content.items();
    }

    private void readUser(JsonPath content) {
        List<ContentPart> parts = new ArrayList<>();
        for (JsonPath block : blocks(content)) {
            if (!block.isString() && type(block).equals("tool_result")) {
                addUser(parts);
                messages.add(toolResult(block));
            } else {
                part(block).ifPresent(parts::add);
            }
        }
        addUser(parts);
    }

    private void addUser(List<ContentPart> parts) {
        if (!parts.isEmpty()) {
            messages.add(ChatMessage.user(parts));
            parts.clear();
        }
    }

    private static String type(JsonPath block) {
        return block.require("type").string();
    }

    private ChatMessage toolResult(JsonPath block) {
        List<ContentPart> parts = new ArrayList<>();
        if (block.get("is_error").map(JsonPath::bool).orElse(false)) {
            parts.add(new ContentPart.Text("is_error: "));
        }
        block.get("content").map(AnthropicMessages::blocks).orElse(List.of()).stream()
                .map(this::part)
                .flatMap(Optional::stream)
                .forEach(parts::add);
        return new ChatMessage(
                Role.TOOL, parts, "", List.of(), block.require("tool_use_id").string());
    }

    private Optional<ContentPart> part(JsonPath block) {
        if (block.isString()) {
            return Optional.of(new ContentPart.Text(block.string()));
        }
        String type = type(block);
        return switch (type) {
            case "text" -> Optional.of(new ContentPart.Text(block.require("text").string()));
            case "image" -> Optional.of(new ContentPart.Image(picture(block.require("source"))));
            case "document" -> Optional.of(new ContentPart.Text(document(block)));
            case "search_result" ->
                    Optional.of(
                            new ContentPart.Text(
                                    block.get("title").map(t -> t.string() + "\n").orElse("")
                                            + systemText(block.require("content"))));
            default ->
                    throw block.refuse(
                            "%s.type must be text, image, tool_result, document or search_result here, not '%s'."
                                    .formatted(block.path(), type));
        };
    }

    private ImageSource picture(JsonPath source) {
        return switch (type(source)) {
            case "base64" -> {
                JsonPath data = source.require("data");
                yield ImageSource.ofDataUrl("data:;base64," + data.string(), data.path());
            }
            case "url" -> {
                JsonPath url = source.require("url");
                yield pictures.get(url.string(), url.path());
            }
            default -> throw source.refuse(source.path() + ".type must be base64 or url.");
        };
    }

    private static String document(JsonPath block) {
        JsonPath source = block.require("source");
        String text =
                switch (type(source)) {
                    case "text" -> source.require("data").string();
                    case "content" -> systemText(source.require("content"));
                    default ->
                            throw source.refuse(
                                    source.path()
                                            + ".type must be text: other documents are not read.");
                };
        return block.get("title").map(title -> title.string() + "\n").orElse("") + text;
    }

    private void readAssistant(JsonPath message, boolean last) {
        var text = new StringBuilder();
        var reasoning = new StringBuilder();
        List<ToolCall> calls = new ArrayList<>();
        for (JsonPath block : blocks(message.require("content"))) {
            if (block.isString()) {
                text.append(block.string());
                continue;
            }
            String type = type(block);
            switch (type) {
                case "text" -> text.append(block.require("text").string());
                case "thinking" -> reasoning.append(block.require("thinking").string());
                case "redacted_thinking" -> {}
                case "tool_use" ->
                        calls.add(
                                new ToolCall(
                                        block.require("id").string(),
                                        block.require("name").string(),
                                        block.get("input")
                                                .map(JsonPath::object)
                                                .orElseGet(JsonObject::new)));
                default ->
                        throw block.refuse(
                                "%s.type must be text, thinking or tool_use here, not '%s'."
                                        .formatted(block.path(), type));
            }
        }
        if (!last) {
            messages.add(ChatMessage.assistant(reasoning.toString(), text.toString(), calls));
            return;
        }
        if (!calls.isEmpty()) {
            throw message.refuse(
                    message.path()
                            + " cannot be continued: its tool calls want a result in a message of"
                            + " role user.");
        }
        begun = BegunReply.answering(reasoning.toString(), text.toString());
    }
}
