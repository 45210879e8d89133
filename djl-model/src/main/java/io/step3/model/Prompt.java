package io.step3.model;

import io.step3.image.PlannedImage;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sequence to read: token ids with every picture's tokens in place, and the pictures in order.
 * Immutable.
 */
public final class Prompt {

    private final int[] ids;
    private final List<PlannedImage> images;

    /** One for each picture, computed when first asked for: every waiting session asks. */
    private long @Nullable [] fingerprints;

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

    /** A number that is the same for the same picture, and in practice for no other. */
    synchronized long fingerprint(int image) {
        if (fingerprints == null) {
            fingerprints = images.stream().mapToLong(PlannedImage::fingerprint).toArray();
        }
        return fingerprints[image];
    }
}
