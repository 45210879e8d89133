package io.step3.generate;

/** Has an answer call a tool: behind its thought the beginning of a call is written by force. */
final class ForcedOpening {

    private final int[] opening;
    private int forced;

    /**
     * An opening for one answer.
     *
     * @param opening the tokens of a call up to where the model goes on; empty to force nothing
     */
    ForcedOpening(int[] opening) {
        this.opening = opening;
    }

    /**
     * The token that must come next.
     *
     * @param mayBegin whether the thought is over and no call has begun
     * @return its id, or -1 if the model may choose
     */
    int forced(boolean mayBegin) {
        boolean next = forced < opening.length && (forced > 0 || mayBegin);
        return next ? opening[forced++] : -1;
    }
}
