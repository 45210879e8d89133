package io.step3.chat;

import java.util.Locale;

/** Why the model stopped writing. */
public enum FinishReason {
    /** It wrote an end token or a stop text. */
    STOP,
    /** It wrote the most tokens that it was allowed. */
    LENGTH,
    /** Prompt and answer fill the context; it would have been allowed more. */
    CONTEXT_FULL,
    /** The caller no longer wanted to hear it. */
    CANCELLED,
    /** It ended its turn with calls of tools. */
    TOOL_CALLS;

    /**
     * The name in the OpenAI wire format, which calls a full context {@code length} too; {@code
     * cancelled} is our own addition to it.
     */
    public String wireName() {
        return (this == CONTEXT_FULL ? LENGTH : this).name().toLowerCase(Locale.ROOT);
    }

    /**
     * The reason of a wire name; one that we do not know, such as a filter's, ends an answer too.
     */
    static FinishReason ofWireName(String name) {
        return switch (name) {
            case "length" -> LENGTH;
            case "tool_calls", "function_call" -> TOOL_CALLS;
            // vLLM's and SGLang's word for a request that was broken off.
            case "cancelled", "abort" -> CANCELLED;
            default -> STOP;
        };
    }
}
