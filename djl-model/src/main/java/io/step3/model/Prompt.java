package io.step3.model;

import io.step3.image.PlannedImage;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A prompt as the network takes it: token ids with every picture's tokens in place, and the
 * pictures in order. Immutable.
 */
public final class Prompt {

    private final int[] ids;
    private final List<PlannedImage> images;

    private long @Nullable [] history;
    private @Nullable Step3Model historyOf;

    /**
     * Copies what it is given.
     *
     * @param ids token ids; the image token stands once for every row that the pictures become
     * @param images the pictures, in the order of their tokens
     * @throws IllegalArgumentException if there is no token
     */
    public Prompt(int[] ids, List<? extends PlannedImage> images) {
        this.ids = ids.clone();
        this.images = List.copyOf(images);
        if (ids.length == 0) {
            throw new IllegalArgumentException("the prompt is empty: give at least one token");
        }
    }

    /** A prompt of text alone. */
    public static Prompt of(int... ids) {
        return new Prompt(ids, List.of());
    }

    /** A copy of the ids. */
    public int[] ids() {
        return ids.clone();
    }

    /** The pictures, in the order of their tokens. */
    public List<PlannedImage> images() {
        return images;
    }

    /** How many tokens, those of the pictures included. */
    public int length() {
        return ids.length;
    }

    int id(int position) {
        return ids[position];
    }

    /** A copy of the ids from one position to before another. */
    int[] ids(int from, int to) {
        return Arrays.copyOfRange(ids, from, to);
    }

    /**
     * What it leaves in a sequence of a model: see {@link SequenceKeys}. Computed once for a model,
     * as every waiting sequence asks; not to be changed.
     */
    synchronized long[] history(Step3Model model) {
        if (history == null || historyOf != model) {
            history = SequenceKeys.of(this, model);
            historyOf = model;
        }
        return history;
    }
}
