package io.step3.chat;

import java.util.Locale;

/** Who speaks in a {@link ChatMessage}. */
public enum Role {
    /** Instructions that hold for the whole conversation. */
    SYSTEM,
    /** The person (or program) that asks. */
    USER,
    /** The model. */
    ASSISTANT,
    /** The result of a tool that the model called. */
    TOOL;

    /** The name in templates and in the OpenAI wire format: {@code system}, {@code user}, ... */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The role of a wire name; {@code developer}, OpenAI's newer word, is {@link #SYSTEM}.
     *
     * @throws IllegalArgumentException if there is no such role
     */
    static Role ofWireName(String name) {
        return switch (name) {
            case "system", "developer" -> SYSTEM;
            case "user" -> USER;
            case "assistant" -> ASSISTANT;
            case "tool" -> TOOL;
            default ->
                    throw new IllegalArgumentException(
                            "Unknown role '" + name + "': use system, user, assistant or tool.");
        };
    }
}
