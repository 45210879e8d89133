package io.step3.desktop.store;

/**
 * The words that an export adds to a conversation, in the language of the window.
 *
 * @param assistant heads what the model said; its name follows
 */
public record ExportLabels(
        String user,
        String assistant,
        String system,
        String tool,
        String systemPrompt,
        String reasoning,
        String toolCalls,
        String stopped,
        String interrupted,
        String failed,
        String removedPicture) {

    /** Heads a message. */
    String speaker(Message message) {
        return switch (message.role()) {
            case USER -> user;
            case SYSTEM -> system;
            case TOOL -> tool;
            case ASSISTANT ->
                    message.model().isEmpty()
                            ? assistant
                            : assistant + " (" + message.model() + ")";
        };
    }

    /** Tells how a message ended; empty for one that ended by itself. */
    String ending(Message message) {
        return switch (message.status()) {
            case COMPLETE -> "";
            case STOPPED -> stopped;
            case STREAMING, INTERRUPTED -> interrupted;
            case FAILED -> failed + " " + message.error();
        };
    }
}
