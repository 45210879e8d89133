package io.step3.model;

import io.step3.image.ProcessedImage;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * A sequence to read: token ids with every picture's tokens in place, and the pictures in order.
 * Immutable.
 */
public final class Prompt {

    private final int[] ids;
    private final List<ProcessedImage> images;

    /** One for each picture, computed when first asked for: every waiting session asks. */
    private long[] fingerprints;

    /**
     * Copies what it is given.
     *
     * @param ids token ids; the image token stands once for every row that the pictures become
     * @param images the pictures, in the order of their tokens
     * @throws IllegalArgumentException if there is no token
     */
    public Prompt(int[] ids, List<ProcessedImage> images) {
        this.ids = ids.clone();
        this.images = List.copyOf(images);
        if (ids.length == 0) {
            throw new IllegalArgumentException("the prompt is empty: give at least one token");
        }
    }

    /** A prompt of text alone. */
    public static Prompt of(int... ids) {
        return new Prompt(ids, List.of());
    }

    /** A copy of the ids. */
    public int[] ids() {
        return ids.clone();
    }

    /** The pictures, in the order of their tokens. */
    public List<ProcessedImage> images() {
        return images;
    }

    /** How many tokens, those of the pictures included. */
    public int length() {
        return ids.length;
    }

    int id(int position) {
        return ids[position];
    }

    /** A number that is the same for the same pixels, and in practice for no others. */
    synchronized long fingerprint(int image) {
        if (fingerprints == null) {
            fingerprints = images.stream().mapToLong(Prompt::fingerprint).toArray();
        }
        return fingerprints[image];
    }

    private static long fingerprint(ProcessedImage image) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
        update(digest, image.base());
        image.crops().forEach(crop -> update(digest, crop));
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    private static void update(MessageDigest digest, float[] pixels) {
        ByteBuffer bytes = ByteBuffer.allocate(pixels.length * Float.BYTES);
        bytes.asFloatBuffer().put(pixels);
        digest.update(bytes);
    }
}
