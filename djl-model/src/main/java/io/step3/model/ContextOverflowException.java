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
        super(
                "the prompt has %d tokens, but the context holds %d: shorten it or drop earlier turns"
                        .formatted(needed, capacity));
        this.needed = needed;
        this.capacity = capacity;
    }

    /** Tokens of the sequence. */
    public int needed() {
        return needed;
    }

    /** Tokens that the session can hold. */
    public int capacity() {
        return capacity;
    }
}
