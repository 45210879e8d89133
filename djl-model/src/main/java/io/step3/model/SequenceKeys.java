package io.step3.model;

import io.step3.image.PlannedImage;

/**
 * What stands at each position of a sequence, as one number a position: the token id, or, for a row
 * of a picture, a fingerprint of the picture and of the row. Where two sequences begin with equal
 * numbers, their keys and values in the cache are equal.
 */
final class SequenceKeys {

    private SequenceKeys() {}

    static long[] of(Prompt prompt, Step3Model model) {
        long[] keys = new long[prompt.length()];
        int image = -1;
        int row = 0;
        int rows = 0;
        long fingerprint = 0;
        for (int i = 0; i < keys.length; i++) {
            keys[i] = prompt.id(i);
            if (keys[i] != model.imageTokenId() || prompt.images().isEmpty()) {
                continue;
            }
            if (row == rows) {
                PlannedImage picture = prompt.images().get(++image);
                fingerprint = picture.fingerprint();
                rows = model.imageFeatures(picture);
                row = 0;
            }
            // Token ids are not negative, so that no row of a picture is taken for a token.
            keys[i] = (fingerprint + row++) | Long.MIN_VALUE;
        }
        return keys;
    }
}
