package io.step3.image;

/**
 * A picture of a prompt, known by its content and by how it is cut. The pixels are there when they
 * are asked for: a picture whose features a cache holds is never decoded.
 */
public sealed interface PlannedImage permits ProcessedImage, WaitingImage {

    /** How the picture is cut, and so how many tokens it becomes. */
    ImagePlan plan();

    /** A number that is the same for the same content, and in practice for no other. */
    long fingerprint();

    /**
     * Decodes the picture now if {@link #pixels} would have to.
     *
     * @throws InvalidImageException if it is damaged
     */
    void prepare();

    /**
     * The pixels. They are given away: if asked again, the picture may be decoded again.
     *
     * @throws InvalidImageException if it is damaged
     */
    ProcessedImage pixels();
}
