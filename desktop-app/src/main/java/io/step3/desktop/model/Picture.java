package io.step3.desktop.model;

import io.step3.image.ImagePlan;
import io.step3.image.RgbImage;

/**
 * A picture that was taken in: decoded, upright and kept.
 *
 * @param sha256 names its bytes in the store
 * @param name the file name it came with
 * @param width true width in pixels, once upright
 * @param height true height
 * @param preview the picture, made as small as whoever asked for it shows it
 */
public record Picture(String sha256, String name, int width, int height, RgbImage preview) {

    /** How the model cuts it. */
    public ImagePlan plan() {
        return ImagePlan.of(width, height);
    }
}
