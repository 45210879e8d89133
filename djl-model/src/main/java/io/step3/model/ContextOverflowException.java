package io.step3.model;

/** A sequence that does not fit the context. */
public final class ContextOverflowException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final int needed;
    private final int capacity;

    /**
     * Says how many tokens were wanted and how many fit.
     *
     * @param needed tokens of the sequence
     * @param capacity tokens that the session can hold
     */
    public ContextOverflowException(int needed, int capacity) {
        this("", needed, capacity);
    }

    /** As the constructor, for a sequence that was not counted to its end. */
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

    /** Tokens of the sequence, as far as it was counted. */
    public int needed() {
        return needed;
    }

    /** Tokens that the session can hold. */
    public int capacity() {
        return capacity;
    }
}
