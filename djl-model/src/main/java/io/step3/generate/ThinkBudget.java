package io.step3.generate;

/**
 * Counts the tokens of a thought and ends it by force when they are too many: then the tokens of
 * {@code </think>} are written in the model's place.
 */
final class ThinkBudget {

    private final int endId;
    private final int most;
    private boolean thinking;
    private int thought;

    /**
     * Starts with the prompt's last state.
     *
     * @param endId token of {@code </think>}, or -1 if the tokenizer has none
     * @param thinking whether the prompt left the thought open
     * @param most tokens of reasoning, or {@link Integer#MAX_VALUE}
     */
    ThinkBudget(int endId, boolean thinking, int most) {
        this.endId = endId;
        this.thinking = thinking && endId >= 0;
        this.most = most;
    }

    /** The token that must come next, or -1 if the model may choose. */
    int forced() {
        return thinking && thought >= most ? endId : -1;
    }

    /** Counts a token that was written. */
    void count(int token) {
        if (token == endId) {
            thinking = false;
        } else if (thinking) {
            thought++;
        }
    }

    /** Tokens of reasoning so far, without the mark. */
    int thought() {
        return thought;
    }
}
