package io.step3.desktop.store;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A message in the tree of a conversation.
 *
 * @param parent the message it follows; empty for the first of a branch from the start
 * @param parts what the person or a tool said; empty for the model
 * @param reasoning what the model thought
 * @param answer what the model said
 * @param toolCalls a JSON array of the tools the model called
 * @param error why it failed, in words for the person; else empty
 * @param usage a JSON object of token counts and timings
 * @param model which model wrote it; empty for all others
 */
public record Message(
        long id,
        long conversationId,
        OptionalLong parent,
        Role role,
        MessageStatus status,
        List<Part> parts,
        String reasoning,
        String answer,
        String toolCalls,
        String error,
        String usage,
        String model,
        Instant created,
        Instant updated) {

    public Message {
        parts = List.copyOf(parts);
    }

    /** All that it says in words, reasoning apart. */
    public String text() {
        return role == Role.ASSISTANT ? answer : textOf(parts);
    }

    static String textOf(List<Part> parts) {
        return parts.stream()
                .filter(Part.Text.class::isInstance)
                .map(part -> ((Part.Text) part).text())
                .collect(Collectors.joining("\n"));
    }
}
