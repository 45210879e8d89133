package io.step3.image;

import java.util.Random;

/** Seeded pictures. */
final class RandomImages {
    private RandomImages() {}

    /** Noise. */
    static RgbImage rgb(Size size, long seed) {
        byte[] rgb = new byte[Math.toIntExact(3 * size.pixels())];
        new Random(seed).nextBytes(rgb);
        return new RgbImage(size.width(), size.height(), rgb);
    }
}
