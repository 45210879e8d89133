package io.step3.chat;

/** A request whose prompt does not fit the model's context. */
public final class ContextOverflowException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final int needed;
    private final int capacity;

    /**
     * Says how many tokens were wanted and how many fit.
     *
     * @param needed tokens of the prompt
     * @param capacity tokens that the context holds
     */
    public ContextOverflowException(int needed, int capacity) {
        this("", needed, capacity);
    }

    /** As the constructor, for a prompt that was not counted to its end. */
    public static ContextOverflowException atLeast(int counted, int capacity) {
        return new ContextOverflowException("more than ", counted, capacity);
    }

    private ContextOverflowException(String more, int needed, int capacity) {
        super(
                "the prompt has %s%d tokens, but the context holds %d: shorten it or drop earlier turns"
                        .formatted(more, needed, capacity));
        this.needed = needed;
        this.capacity = capacity;
    }

    /** Tokens of the prompt, as far as it was counted. */
    public int needed() {
        return needed;
    }

    /** Tokens that the context holds. */
    public int capacity() {
        return capacity;
    }
}
