package io.step3.image;

/**
 * How large the network's pictures are ({@code preprocessor_config.json} of a checkpoint).
 *
 * @param imageSize side of the base picture in pixels, 1 to 8192
 * @param patchSize side of a crop in pixels, 1 to 8192
 */
public record ImageProcessorConfig(int imageSize, int patchSize) {
    /** The published model's sizes, for checkpoints that say nothing. */
    public static final ImageProcessorConfig PUBLISHED = new ImageProcessorConfig(728, 504);

    /** Larger pictures are made for no network. */
    public static final int MAX_SIDE = 8192;

    /**
     * @throws IllegalArgumentException if a side is out of range
     */
    public ImageProcessorConfig {
        check("image_size", imageSize);
        check("patch_size", patchSize);
    }

    private static void check(String key, int side) {
        if (side < 1 || side > MAX_SIDE) {
            throw new IllegalArgumentException(
                    "preprocessor_config.json: %s must be from 1 to %d, not %d"
                            .formatted(key, MAX_SIDE, side));
        }
    }
}
