package io.step3.desktop.store;

/** Who speaks in a message. */
public enum Role {
    /**
     * Instructions within the conversation; the system prompt itself is a field of the
     * conversation.
     */
    SYSTEM,
    /** The person. */
    USER,
    /** The model. */
    ASSISTANT,
    /** The result of a tool that the model called. */
    TOOL
}
