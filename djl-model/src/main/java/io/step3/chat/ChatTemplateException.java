package io.step3.chat;

/**
 * A chat template that cannot be rendered: it is broken, asks for something that templates may not
 * do, needs more work or memory than it is given, or refuses the conversation by its own {@code
 * raise_exception}.
 */
public final class ChatTemplateException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** One sentence that says what is wrong. */
    public ChatTemplateException(String message) {
        super(message);
    }

    /** One sentence that says what is wrong, and what was behind it. */
    public ChatTemplateException(String message, Throwable cause) {
        super(message, cause);
    }
}
