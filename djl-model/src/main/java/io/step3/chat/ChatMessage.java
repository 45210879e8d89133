package io.step3.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * One turn of a conversation.
 *
 * @param role who speaks
 * @param content words and pictures in order; empty where an assistant only called tools: a
 *     template then sees None, as for {@code "content": null}, and an empty text for an empty text
 * @param reasoning what an assistant thought before it answered; empty when unknown
 * @param toolCalls the tools an assistant called; empty for other roles
 * @param toolCallId for {@link Role#TOOL} the {@link ToolCall#id()} that this message answers;
 *     otherwise empty
 */
public record ChatMessage(
        Role role,
        List<ContentPart> content,
        String reasoning,
        List<ToolCall> toolCalls,
        String toolCallId) {

    public ChatMessage {
        Objects.requireNonNull(role, "role");
        content = List.copyOf(content);
        Objects.requireNonNull(reasoning, "reasoning");
        toolCalls = List.copyOf(toolCalls);
        Objects.requireNonNull(toolCallId, "toolCallId");
        if (role != Role.ASSISTANT && !(reasoning.isEmpty() && toolCalls.isEmpty())) {
            throw new IllegalArgumentException(
                    "Only an assistant message carries reasoning or tool calls, not one of role "
                            + role.wireName()
                            + ".");
        }
        if (role != Role.TOOL && !toolCallId.isEmpty()) {
            throw new IllegalArgumentException(
                    "Only a tool message carries a tool call id, not one of role "
                            + role.wireName()
                            + ".");
        }
    }

    /** A system message. */
    public static ChatMessage system(String text) {
        return ofText(Role.SYSTEM, text);
    }

    /** A user message: the pictures first, then the text, as Step3 was trained. */
    public static ChatMessage user(String text, ImageSource... images) {
        List<ContentPart> parts = new ArrayList<>();
        Arrays.stream(images).map(ContentPart.Image::new).forEach(parts::add);
        parts.add(new ContentPart.Text(text));
        return user(parts);
    }

    /** A user message of words and pictures in the given order. */
    public static ChatMessage user(List<ContentPart> content) {
        return new ChatMessage(Role.USER, content, "", List.of(), "");
    }

    /** What the model answered earlier. */
    public static ChatMessage assistant(String text) {
        return ofText(Role.ASSISTANT, text);
    }

    /** What the model thought, answered and called earlier. */
    public static ChatMessage assistant(String reasoning, String text, List<ToolCall> toolCalls) {
        List<ContentPart> content = List.of(new ContentPart.Text(text));
        return new ChatMessage(Role.ASSISTANT, content, reasoning, toolCalls, "");
    }

    /** The result of a tool, in answer to the call with that id. */
    public static ChatMessage tool(String toolCallId, String result) {
        return new ChatMessage(
                Role.TOOL, List.of(new ContentPart.Text(result)), "", List.of(), toolCallId);
    }

    private static ChatMessage ofText(Role role, String text) {
        return new ChatMessage(role, List.of(new ContentPart.Text(text)), "", List.of(), "");
    }

    /** The words of the message, without its pictures. */
    public String text() {
        return content.stream()
                .map(part -> part instanceof ContentPart.Text words ? words.text() : "")
                .collect(Collectors.joining());
    }

    /** The pictures of the message, in order. */
    public List<ImageSource> images() {
        return content.stream()
                .filter(ContentPart.Image.class::isInstance)
                .map(part -> ((ContentPart.Image) part).source())
                .toList();
    }
}
