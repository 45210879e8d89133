package io.step3.desktop.model;

import io.step3.desktop.store.Part;
import io.step3.image.ImagePlan;
import java.util.List;

/**
 * Where attention looked before one token was written: the mean over the heads of one layer.
 *
 * @param first number of the earliest token that is still known, counted from 0 in the answer
 * @param newest number of the latest one, -1 if there is none
 * @param number the token that is shown, -1 if there is none
 * @param token its text
 * @param layer the layer that was watched
 * @param weights share of each token before it, {@code [positions]}; they sum to 1. Not to be
 *     changed.
 * @param words the tokens of the text that have most, best first
 * @param pictures what the pictures of the prompt have, in order
 */
public record AttentionSnapshot(
        int first,
        int newest,
        int number,
        String token,
        int layer,
        float[] weights,
        List<Word> words,
        List<Seen> pictures) {

    /** Nothing was seen. */
    public static final AttentionSnapshot EMPTY =
            new AttentionSnapshot(0, -1, -1, "", 0, new float[0], List.of(), List.of());

    /** A token of the text, and its share. */
    public record Word(int position, String text, float share) {}

    /**
     * A picture, and where on it attention looked.
     *
     * @param plan how it was cut
     * @param share what all of it has, crops included
     * @param cells shares of its base, a square grid over the padded picture in reading order
     */
    public record Seen(Part.Image image, ImagePlan plan, float share, float[] cells) {

        /** Cells of a side of the grid. */
        public int side() {
            return (int) Math.round(Math.sqrt(cells.length));
        }
    }

    /** Whether there is anything to show. */
    public boolean any() {
        return number >= 0;
    }
}
