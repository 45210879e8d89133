package io.step3.generate;

/** Ends a thought by force when it has taken too many tokens: then {@code </think>} is written. */
final class ThinkBudget {

    private final int[] mark;
    private final int most;
    private int thought;
    private int forced;

    /**
     * A budget for one answer.
     *
     * @param mark the tokens of {@code </think>}
     * @param most tokens of reasoning, from 0
     */
    ThinkBudget(int[] mark, int most) {
        this.mark = mark;
        this.most = most;
    }

    /** Counts a token of reasoning. */
    void thought() {
        thought++;
    }

    /**
     * The token that must come next.
     *
     * @return its id, or -1 if the model may choose
     */
    int forced(boolean inReasoning) {
        boolean over = inReasoning && thought >= most && forced < mark.length;
        return over ? mark[forced++] : -1;
    }
}
