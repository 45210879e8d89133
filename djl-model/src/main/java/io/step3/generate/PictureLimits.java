package io.step3.generate;

import io.step3.chat.ImageSource;
import io.step3.image.PlannedImage;
import java.util.List;

/** How many pictures a request may have. */
final class PictureLimits {
    /** Fifty of one crop each take 8 k tokens, fifty photographs many times the context. */
    private static final int MOST = 50;

    private static final long MOST_BYTES = 256L << 20;

    private PictureLimits() {}

    /** Decoding as many takes some ten seconds. */
    private static final long MOST_PIXELS = 1_200_000_000;

    /**
     * Refuses too many pictures.
     *
     * @throws IllegalArgumentException if there are more than 50, or if their files have more than
     *     256 MiB together
     */
    static void checkFiles(List<ImageSource> pictures) {
        if (pictures.size() > MOST) {
            throw new IllegalArgumentException(
                    "the conversation has %d pictures, more than the %d that are allowed: leave the oldest out"
                            .formatted(pictures.size(), MOST));
        }
        long bytes = pictures.stream().mapToLong(ImageSource::size).sum();
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "the conversation's pictures have %d MiB together, more than the %d that are allowed: save them smaller or leave some out"
                            .formatted(bytes >> 20, MOST_BYTES >> 20));
        }
    }

    /**
     * Refuses pictures that are too large together.
     *
     * @throws IllegalArgumentException if they have more than 1,200 megapixels together
     */
    static void checkSizes(List<PlannedImage> pictures) {
        long pixels = 0;
        for (PlannedImage picture : pictures) {
            pixels += (long) picture.plan().size().width() * picture.plan().size().height();
        }
        if (pixels > MOST_PIXELS) {
            throw new IllegalArgumentException(
                    "the conversation's pictures have %d megapixels together, more than the %d that are allowed: make them smaller or leave some out"
                            .formatted(pixels / 1_000_000, MOST_PIXELS / 1_000_000));
        }
    }
}
