package io.step3.model;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The prefill of a prompt into a sequence: {@link #look} encodes its pictures with the vision
 * tower, then {@link #next} gives chunk after chunk until nothing is {@link #left}. For one thread
 * at a time.
 */
public final class Reading implements AutoCloseable {

    private final Step3Model model;
    private final Sequence sequence;
    private final Prompt prompt;
    private final long[] history;
    private final int cached;
    private final PromptFeatures features;

    /** Owns the rows of the pictures, if there are any. */
    private @Nullable Arena arena;

    Reading(Step3Model model, Sequence sequence, Prompt prompt, long[] history, int cached) {
        this.model = model;
        this.sequence = sequence;
        this.prompt = prompt;
        this.history = history;
        this.cached = cached;
        this.features = new PromptFeatures(model, prompt, cached);
    }

    /** Tokens that came from the cache. */
    public int cached() {
        return cached;
    }

    /** Tokens that are not computed yet. */
    public int left() {
        return prompt.length() - sequence.position();
    }

    /** Whether there are pictures that the vision tower has not encoded. */
    public boolean hasUnseen() {
        return features.hasUnseen();
    }

    /**
     * Encodes the next picture with the vision tower. To be called until nothing is {@linkplain
     * #hasUnseen unseen}, before the first {@link #next}.
     *
     * @throws io.step3.image.InvalidImageException if it is damaged
     * @param stop asked between layers, true to end it
     * @throws java.util.concurrent.CancellationException if {@code stop} said so
     * @throws IllegalStateException if the sequence or its model is closed, also while it looks
     */
    public void look(BooleanSupplier stop) {
        arena = arena == null ? Arena.ofShared() : arena;
        features.look(
                arena,
                () -> {
                    Step3Model.endIf(stop);
                    sequence.requireOpen();
                });
    }

    /**
     * The next tokens, to be computed by {@link Step3Model#step}.
     *
     * @param most at least 1
     * @param logits receives those of the prompt's last token, when it is among these
     */
    public Span next(int most, float @Nullable [] logits, ForwardObserver observer) {
        int from = sequence.position();
        int to = Math.min(prompt.length(), from + most);
        return new Span(
                sequence,
                prompt.ids(from, to),
                Arrays.copyOfRange(history, from, to),
                features,
                to == prompt.length() ? logits : null,
                observer);
    }

    /** Frees the rows of the pictures. A second call does nothing. */
    @Override
    public void close() {
        if (arena != null) {
            model.alone(arena::close);
            arena = null;
        }
    }
}
