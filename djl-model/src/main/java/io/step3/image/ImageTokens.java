package io.step3.image;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What one picture becomes in a prompt: for each crop its features between {@code <patch_start>}
 * and {@code <patch_end>}, with {@code <patch_newline>} between rows of crops, then the features of
 * the base picture between {@code <im_start>} and {@code <im_end>}.
 *
 * @param perBase features of the base picture, at least 1
 * @param perCrop features of a crop, at least 1
 */
public record ImageTokens(int perBase, int perCrop) {
    /**
     * @throws IllegalArgumentException if a number is under 1
     */
    public ImageTokens {
        if (perBase < 1 || perCrop < 1) {
            throw new IllegalArgumentException(
                    "A picture needs at least one feature for its base and a crop, not %d and %d"
                            .formatted(perBase, perCrop));
        }
    }

    /** Number of tokens of a picture. */
    public int count(ImagePlan plan) {
        return plan.crops() * (perCrop + 2) + plan.newlineAfter().size() + perBase + 2;
    }

    /** The tokens of a picture, in order. */
    public List<ImageToken> sequence(ImagePlan plan) {
        List<ImageToken> tokens = new ArrayList<>(count(plan));
        for (int row = 0; row < plan.rows(); row++) {
            if (row > 0) {
                tokens.add(ImageToken.PATCH_NEWLINE);
            }
            for (int column = 0; column < plan.columns(); column++) {
                tokens.add(ImageToken.PATCH_START);
                tokens.addAll(Collections.nCopies(perCrop, ImageToken.IM_PATCH));
                tokens.add(ImageToken.PATCH_END);
            }
        }
        tokens.add(ImageToken.IM_START);
        tokens.addAll(Collections.nCopies(perBase, ImageToken.IM_PATCH));
        tokens.add(ImageToken.IM_END);
        return tokens;
    }

    /** The ids of a picture's tokens, in order. */
    public int[] ids(ImagePlan plan, ImageTokenIds ids) {
        return sequence(plan).stream().mapToInt(ids::of).toArray();
    }
}
