package io.step3.image;

/**
 * What is refused before a picture is decoded.
 *
 * @param maxBytes of the file
 * @param maxPixels of the picture as its header states them; formats that decode slowly have lower
 *     limits of their own
 * @param maxCrops windows that the picture would be cut into (see {@link ImagePlan}); at the
 *     published sizes a crop is 3 MB of floats and 83 tokens
 */
public record ImageLimits(long maxBytes, long maxPixels, int maxCrops) {
    /** The most bytes that a picture's file may have: 64 MiB. */
    public static final int MAX_FILE_BYTES = 64 << 20;

    /**
     * {@link #MAX_FILE_BYTES}, 120 megapixels (telephones make 108) and 256 crops (a quarter of the
     * published model's context; an ordinary picture has at most 36).
     */
    public static final ImageLimits DEFAULT = new ImageLimits(MAX_FILE_BYTES, 120_000_000, 256);

    /**
     * @throws IllegalArgumentException if a limit is negative
     */
    public ImageLimits {
        if (maxBytes < 0 || maxCrops < 0 || maxPixels < 0) {
            throw new IllegalArgumentException(
                    "Limits must be from 0, not %d bytes, %d pixels, %d crops"
                            .formatted(maxBytes, maxPixels, maxCrops));
        }
    }
}
