package io.step3.image;

/**
 * What is refused before a picture is decoded.
 *
 * @param maxBytes of the file; it is copied once
 * @param maxPixels of the picture as its header states them; decoding takes 6 to 11 bytes of heap a
 *     pixel
 * @param maxCrops windows that the picture would be cut into (see {@link ImagePlan}); at the
 *     published sizes a crop is 3 MB of floats and 83 tokens
 */
public record ImageLimits(long maxBytes, long maxPixels, int maxCrops) {
    /**
     * 64 MiB, 100 megapixels (beyond what usual cameras make; up to 1.1 GB while decoding) and 256
     * crops (a quarter of the published model's context; an ordinary picture has at most 36).
     */
    public static final ImageLimits DEFAULT = new ImageLimits(64L << 20, 100_000_000, 256);

    /** Three bytes each must fit an array. */
    private static final long MOST_PIXELS = 700_000_000;

    /**
     * @throws IllegalArgumentException if a limit is negative, or if pixels are allowed that would
     *     not fit an array
     */
    public ImageLimits {
        if (maxBytes < 0 || maxCrops < 0 || maxPixels < 0 || maxPixels > MOST_PIXELS) {
            throw new IllegalArgumentException(
                    "Limits must be from 0, and to 700 megapixels, not %d bytes, %d pixels, %d crops"
                            .formatted(maxBytes, maxPixels, maxCrops));
        }
    }
}
