package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.fail;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Damaged files give a picture or an {@link InvalidImageException}, and nothing else, in bounded
 * time.
 */
class ImageDecoderFuzzTest {
    private static final int ROUNDS = Integer.getInteger("step3.fuzz.rounds", 400);
    private static final ImageDecoder DECODER =
            new ImageDecoder(new ImageLimits(1 << 20, 1_000_000, 256));

    /** A small valid file of each kind. */
    static Map<String, byte[]> files() {
        BufferedImage rgb = PictureFiles.quarters(BufferedImage.TYPE_3BYTE_BGR);
        BufferedImage indexed = PictureFiles.quarters(BufferedImage.TYPE_BYTE_INDEXED);
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("png", PictureFiles.write(rgb, "png"));
        files.put("png with palette", PictureFiles.write(indexed, "png"));
        files.put(
                "jpeg",
                PictureFiles.withSegment(
                        PictureFiles.jpeg(), 0xe1, PictureFiles.exifSegment(6, true)));
        files.put("progressive jpeg", PictureFiles.progressiveJpeg());
        files.put(
                "cmyk jpeg",
                PictureFiles.withSegment(
                        PictureFiles.jpegOfComponents(10, 20, 30, 40),
                        0xee,
                        PictureFiles.adobe(2)));
        files.put("gif", PictureFiles.write(indexed, "gif"));
        files.put("bmp", PictureFiles.write(rgb, "bmp"));
        files.put("bmp with palette", PictureFiles.write(indexed, "bmp"));
        files.put("lossless webp", PictureFiles.WEBP_LOSSLESS);
        files.put("lossy webp", PictureFiles.WEBP_LOSSY);
        files.put("lossy webp with alpha", PictureFiles.WEBP_LOSSY_ALPHA);
        files.put("animated webp", PictureFiles.WEBP_ANIMATION);
        return files;
    }

    @TestFactory
    List<DynamicTest> damagedFilesNeverDoWorseThanBeingRefused() {
        return files().entrySet().stream()
                .map(
                        file ->
                                DynamicTest.dynamicTest(
                                        file.getKey(),
                                        () -> damage(file.getKey(), file.getValue())))
                .toList();
    }

    private static void damage(String what, byte[] whole) {
        for (int round = 0; round < ROUNDS; round++) {
            long seed = 31L * what.hashCode() + round;
            byte[] damaged = damaged(whole, new Random(seed));
            String where = what + ", seed " + seed;
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> decode(damaged, where), where);
        }
    }

    private static void decode(byte[] damaged, String where) {
        try {
            DECODER.decode(damaged, "fuzz");
        } catch (InvalidImageException refused) {
            if (!refused.getMessage().startsWith("fuzz ")) {
                fail(where, refused);
            }
        } catch (Throwable other) {
            fail(where, other);
        }
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        int changes = 1 + random.nextInt(8);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0 : 255);
                default -> {
                    int length = Math.min(random.nextInt(16), bytes.length - at);
                    System.arraycopy(
                            bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
                }
            }
        }
        if (random.nextInt(8) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        if (random.nextInt(4) > 0) {
            repairPngChecksums(bytes);
        }
        return bytes;
    }

    /** Otherwise hardly any damaged PNG would get beyond our own check. */
    private static void repairPngChecksums(byte[] bytes) {
        if (bytes.length < 8 || bytes[1] != 'P') {
            return;
        }
        var file = ByteBuffer.wrap(bytes);
        int at = 8;
        while (at + 12 <= bytes.length) {
            int length = file.getInt(at);
            if (length < 0 || length > bytes.length - at - 12) {
                return;
            }
            CRC32 crc = new CRC32();
            crc.update(bytes, at + 4, length + 4);
            file.putInt(at + 8 + length, (int) crc.getValue());
            at += 12 + length;
        }
    }
}
