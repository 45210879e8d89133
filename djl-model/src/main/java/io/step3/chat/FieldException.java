package io.step3.chat;

/** A field of a request in JSON that is missing or wrong. */
public final class FieldException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String field;

    /**
     * Says so.
     *
     * @param field its place, such as {@code messages[0].content}
     * @param message a sentence that names it
     */
    public FieldException(String field, String message) {
        super(message);
        this.field = field;
    }

    /** Its place in the request, such as {@code messages[0].content}. */
    public String field() {
        return field;
    }
}
