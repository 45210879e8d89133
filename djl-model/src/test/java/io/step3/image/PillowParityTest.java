package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files decode to the very bytes that Pillow (with libwebp) has for them, turned upright and over
 * white.
 */
class PillowParityTest {
    private static final ImageDecoder DECODER = new ImageDecoder();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lossy.webp",
                "lossy-translucent.webp",
                "lossy-simple-filter.webp",
                "lossy-partitions.webp",
                "lossy-alpha-filtered.webp",
                "lossy-alpha-raw.webp",
                "lossless.webp",
                "lossless-palette.webp",
                "lossless-exif-8.webp",
                "animated.webp",
                "exif-6-as-long.jpg",
                "xmp-6.jpg",
                "without-iend.png",
                "index-beyond-palette.png"
            })
    void everyByteIsPillows(String name) throws IOException {
        RgbImage expected = DECODER.decode(bytes(name + ".expected.png"), name);
        RgbImage decoded = DECODER.decode(bytes(name), name);
        assertEquals(expected.size(), decoded.size());
        assertArrayEquals(expected.rgb(), decoded.rgb());
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = PillowParityTest.class.getResourceAsStream("pillow/" + name)) {
            return in.readAllBytes();
        }
    }
}
