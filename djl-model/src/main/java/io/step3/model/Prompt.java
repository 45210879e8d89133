package io.step3.model;

import io.step3.image.ProcessedImage;
import java.util.List;

/**
 * A sequence to read: token ids with every picture's tokens in place, and the pictures in order.
 *
 * @param ids token ids; the image token stands once for every row that the pictures become
 * @param images the pictures, in the order of their tokens
 */
public record Prompt(int[] ids, List<ProcessedImage> images) {

    /** Copies what it is given. */
    public Prompt {
        ids = ids.clone();
        images = List.copyOf(images);
        if (ids.length == 0) {
            throw new IllegalArgumentException("the prompt is empty: give at least one token");
        }
    }

    /** A prompt of text alone. */
    public static Prompt of(int... ids) {
        return new Prompt(ids, List.of());
    }

    /** A copy of the ids. */
    @Override
    public int[] ids() {
        return ids.clone();
    }

    /** How many tokens, those of the pictures included. */
    public int length() {
        return ids.length;
    }

    int id(int position) {
        return ids[position];
    }
}
