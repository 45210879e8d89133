package io.step3.model;

import org.jspecify.annotations.Nullable;

/**
 * What one sequence contributes to a forward pass: the tokens that come next in it. Made by {@link
 * Sequence#next} and {@link Reading#next}; good for one {@link Step3Model#step}, and only as long
 * as nothing else moves the sequence.
 */
public final class Span {

    private final Sequence sequence;
    private final int[] tokens;
    private final long[] history;
    private final @Nullable PromptFeatures features;
    private final float @Nullable [] logits;
    private final ForwardObserver observer;
    private final int position;

    /**
     * The next tokens of a sequence.
     *
     * @param history what they leave in it: see {@link SequenceKeys}
     * @param features the pictures that some of the tokens stand for, or null
     * @param logits receives those of the last token, or null
     */
    Span(
            Sequence sequence,
            int[] tokens,
            long[] history,
            @Nullable PromptFeatures features,
            float @Nullable [] logits,
            ForwardObserver observer) {
        this.sequence = sequence;
        this.tokens = tokens;
        this.history = history;
        this.features = features;
        this.logits = logits;
        this.observer = observer;
        this.position = sequence.position();
    }

    /** Whose tokens these are. */
    public Sequence sequence() {
        return sequence;
    }

    /** How many. */
    public int count() {
        return tokens.length;
    }

    /** Of the first token in its sequence. */
    int position() {
        return position;
    }

    int token(int i) {
        return tokens[i];
    }

    long[] history() {
        return history;
    }

    @Nullable PromptFeatures features() {
        return features;
    }

    float @Nullable [] logits() {
        return logits;
    }

    ForwardObserver observer() {
        return observer;
    }

    boolean isWatched() {
        return observer != ForwardObserver.NONE;
    }

    /** How many of the last tokens want logits. */
    int logitRows() {
        return observer.wantsAllLogits() ? tokens.length : logits != null ? 1 : 0;
    }
}
