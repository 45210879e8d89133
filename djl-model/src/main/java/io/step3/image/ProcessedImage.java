package io.step3.image;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * A picture as the vision tower takes it, normalised with CLIP's mean and standard deviation.
 * Features follow the tokens: those of the crops first, then those of the base.
 *
 * @param plan how the picture was cut
 * @param base [3, imageSize, imageSize]
 * @param crops {@code plan.crops()} of [3, patchSize, patchSize]
 */
public record ProcessedImage(ImagePlan plan, float[] base, List<float[]> crops)
        implements PlannedImage {

    /** Of all pixels: computed each time. */
    @Override
    public long fingerprint() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
        update(digest, base);
        crops.forEach(crop -> update(digest, crop));
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    private static void update(MessageDigest digest, float[] pixels) {
        ByteBuffer bytes = ByteBuffer.allocate(pixels.length * Float.BYTES);
        bytes.asFloatBuffer().put(pixels);
        digest.update(bytes);
    }

    @Override
    public void prepare() {}

    @Override
    public ProcessedImage pixels() {
        return this;
    }
}
