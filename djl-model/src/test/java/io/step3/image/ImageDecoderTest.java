package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
    private static final ImageDecoder DECODER = new ImageDecoder();
    private static final String NAME = "image 2";

    @Test
    void losslessFormatsKeepEveryValue() {
        BufferedImage opaque = PictureFiles.quarters(BufferedImage.TYPE_3BYTE_BGR);
        Map<String, byte[]> files =
                Map.of(
                        "png", PictureFiles.write(opaque, "png"),
                        "bmp", PictureFiles.write(opaque, "bmp"),
                        "gif",
                                PictureFiles.write(
                                        PictureFiles.quarters(BufferedImage.TYPE_BYTE_INDEXED),
                                        "gif"),
                        "webp", PictureFiles.WEBP_LOSSLESS);
        for (var file : files.entrySet()) {
            // The indexed picture has Java's web-safe palette, so its colours are only near.
            assertQuarters(
                    decode(file.getValue()), file.getKey().equals("gif") ? 26 : 0, file.getKey());
        }
    }

    @Test
    void lossyFormatsComeNear() {
        assertQuarters(decode(PictureFiles.jpeg()), 4, "jpeg");
        assertQuarters(decode(PictureFiles.progressiveJpeg()), 4, "progressive jpeg");
        assertQuarters(decode(PictureFiles.WEBP_LOSSY), 8, "lossy webp");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allEightExifOrientationsAreTurnedUpright(boolean littleEndian) {
        byte[] jpeg = PictureFiles.jpeg();
        RgbImage stored = decode(jpeg);
        for (int orientation = 1; orientation <= 8; orientation++) {
            byte[] exif = PictureFiles.exifSegment(orientation, littleEndian);
            RgbImage upright = decode(PictureFiles.withSegment(jpeg, 0xe1, exif));
            boolean sideways = orientation > 4;
            assertEquals(sideways ? stored.height() : stored.width(), upright.width());
            for (int y = 0; y < upright.height(); y++) {
                for (int x = 0; x < upright.width(); x++) {
                    int right = stored.width() - 1;
                    int bottom = stored.height() - 1;
                    int expected =
                            switch (orientation) {
                                case 1 -> pixel(stored, x, y);
                                case 2 -> pixel(stored, right - x, y);
                                case 3 -> pixel(stored, right - x, bottom - y);
                                case 4 -> pixel(stored, x, bottom - y);
                                case 5 -> pixel(stored, y, x);
                                case 6 -> pixel(stored, y, bottom - x);
                                case 7 -> pixel(stored, right - y, bottom - x);
                                default -> pixel(stored, right - y, x);
                            };
                    assertEquals(expected, pixel(upright, x, y), "orientation " + orientation);
                }
            }
        }
    }

    @Test
    void orientationIsAlsoReadFromPngAndWebp() {
        byte[] png =
                PictureFiles.png(
                        "IHDR", PictureFiles.pngHeader(2, 1, 8, 2),
                        "eXIf", PictureFiles.exif(6, false),
                        "IDAT", PictureFiles.deflated(0, 1, 2, 3, 4, 5, 6));
        RgbImage upright = decode(png);
        assertEquals(new Size(1, 2), upright.size());
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, upright.rgb());
        RgbImage webp = decode(PictureFiles.WEBP_EXIF);
        assertEquals(new Size(16, 24), webp.size());
        assertPixel(webp, 15, 0, PictureFiles.COLORS[0], 0);
        assertPixel(webp, 0, 0, PictureFiles.COLORS[2], 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, 1000})
    void anExifBlockThatMakesNoSenseIsIgnored(int orientation) {
        byte[] exif = PictureFiles.exifSegment(orientation, true);
        assertQuarters(
                decode(PictureFiles.withSegment(PictureFiles.jpeg(), 0xe1, exif)), 4, "value");
        for (int length = 0; length < exif.length; length++) {
            byte[] cut = Arrays.copyOf(exif, length);
            assertQuarters(
                    decode(PictureFiles.withSegment(PictureFiles.jpeg(), 0xe1, cut)), 4, "cut");
        }
        byte[] far = exif.clone();
        far[13] = 127;
        assertQuarters(
                decode(PictureFiles.withSegment(PictureFiles.jpeg(), 0xe1, far)), 4, "offset");
    }

    @Test
    void transparencyIsPutOverWhite() {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_4BYTE_ABGR);
        image.setRGB(0, 0, 0x00123456);
        image.setRGB(1, 0, 0x80000000);
        image.setRGB(2, 0, 0xff123456);
        RgbImage decoded = decode(PictureFiles.write(image, "png"));
        assertEquals(0xffffff, pixel(decoded, 0, 0));
        assertEquals(0x7f7f7f, pixel(decoded, 1, 0));
        assertEquals(0x123456, pixel(decoded, 2, 0));
        for (byte[] webp :
                new byte[][] {
                    PictureFiles.WEBP_LOSSLESS_ALPHA,
                    PictureFiles.WEBP_LOSSY_ALPHA,
                    PictureFiles.WEBP_ANIMATION
                }) {
            assertPixel(decode(webp), 3, 3, 0xc81e28, 2);
            assertPixel(decode(webp), 20, 3, 0x89cf9d, 2);
        }
    }

    @Test
    void samplesOf16BitsGiveTheirUpperByte() {
        byte[] rgb =
                PictureFiles.png(
                        "IHDR", PictureFiles.pngHeader(1, 1, 16, 2),
                        "IDAT", PictureFiles.deflated(0, 0x12, 0xff, 0x34, 0x00, 0xfe, 0x80));
        assertEquals(0x1234fe, pixel(decode(rgb), 0, 0));
        byte[] grey =
                PictureFiles.png(
                        "IHDR",
                        PictureFiles.pngHeader(1, 1, 16, 0),
                        "IDAT",
                        PictureFiles.deflated(0, 0x9a, 0xff));
        assertEquals(0x9a9a9a, pixel(decode(grey), 0, 0));
        byte[] translucent =
                PictureFiles.png(
                        "IHDR", PictureFiles.pngHeader(1, 1, 16, 4),
                        "IDAT", PictureFiles.deflated(0, 0, 0, 0x80, 0));
        assertEquals(0x7f7f7f, pixel(decode(translucent), 0, 0));
    }

    @ParameterizedTest
    @CsvSource({"1, 0x50, 0x00ff00", "2, 0x1b, 0x0055aa", "4, 0x08, 0x008800"})
    void greyOfFewBitsIsSpreadToBytes(int bits, String data, String expected) {
        int samples = bits == 4 ? 2 : 3;
        byte[] png =
                PictureFiles.png(
                        "IHDR", PictureFiles.pngHeader(samples, 1, bits, 0),
                        "IDAT", PictureFiles.deflated(0, Integer.decode(data)));
        RgbImage decoded = decode(png);
        for (int x = 0; x < samples; x++) {
            int grey = Integer.decode(expected) >> 16 - 8 * x & 0xff;
            assertEquals(grey * 0x010101, pixel(decoded, x, 0), "pixel " + x);
        }
    }

    @Test
    void aPaletteMayBeTransparent() {
        byte[] png =
                PictureFiles.png(
                        "IHDR",
                        PictureFiles.pngHeader(3, 1, 8, 3),
                        "PLTE",
                        new byte[] {1, 2, 3, 0, 0, 0, 7, 8, 9},
                        "tRNS",
                        new byte[] {0, (byte) 128},
                        "IDAT",
                        PictureFiles.deflated(0, 0, 1, 2));
        RgbImage decoded = decode(png);
        assertEquals(0xffffff, pixel(decoded, 0, 0));
        assertEquals(0x7f7f7f, pixel(decoded, 1, 0));
        assertEquals(0x070809, pixel(decoded, 2, 0));
    }

    @Test
    void aSingleColourMayBeTransparent() {
        byte[] png =
                PictureFiles.png(
                        "IHDR", PictureFiles.pngHeader(2, 1, 8, 2),
                        "tRNS", new byte[] {0, 1, 0, 2, 0, 3},
                        "IDAT", PictureFiles.deflated(0, 1, 2, 3, 3, 2, 1));
        assertEquals(0xffffff, pixel(decode(png), 0, 0));
        assertEquals(0x030201, pixel(decode(png), 1, 0));
    }

    @Test
    void metadataThatIsNoPictureNeverReachesTheLibrary() {
        byte[] png =
                PictureFiles.png(
                        "IHDR", PictureFiles.pngHeader(1, 1, 8, 0),
                        "iCCP", "broken".getBytes(StandardCharsets.ISO_8859_1),
                        "zTXt", new byte[] {1, 0, 0, 7},
                        "gAMA", new byte[0],
                        "IDAT", PictureFiles.deflated(0, 77));
        assertEquals(0x4d4d4d, pixel(decode(png), 0, 0));
        byte[] profile = "ICC_PROFILE\0\1\1broken".getBytes(StandardCharsets.ISO_8859_1);
        assertQuarters(
                decode(PictureFiles.withSegment(PictureFiles.jpeg(), 0xe2, profile)), 4, "jpeg");
    }

    @Test
    void jpegComponentsMeanWhatTheirMarkersSay() {
        byte[] three = PictureFiles.jpegOfComponents(76, 85, 255);
        assertEquals(
                0xfe0000,
                pixel(decode(PictureFiles.withSegment(three, 0xee, PictureFiles.adobe(1))), 1, 1));
        assertEquals(
                0x4c55ff,
                pixel(decode(PictureFiles.withSegment(three, 0xee, PictureFiles.adobe(0))), 1, 1));
        assertEquals(0x4d4d4d, pixel(decode(PictureFiles.jpegOfComponents(77)), 1, 1));
    }

    @Test
    void cmykAndYcckAreInkOnWhite() {
        byte[] four = PictureFiles.jpegOfComponents(255, 128, 0, 255);
        assertEquals(
                0xff8000,
                pixel(decode(PictureFiles.withSegment(four, 0xee, PictureFiles.adobe(0))), 1, 1));
        byte[] darker = PictureFiles.jpegOfComponents(255, 128, 0, 128);
        assertEquals(
                0x804000,
                pixel(decode(PictureFiles.withSegment(darker, 0xee, PictureFiles.adobe(0))), 1, 1));
        // Y 76, Cb 85, Cr 255 is red, so the inks are cyan: 255 - red.
        byte[] ycck = PictureFiles.jpegOfComponents(76, 85, 255, 255);
        assertEquals(
                0x01ffff,
                pixel(decode(PictureFiles.withSegment(ycck, 0xee, PictureFiles.adobe(2))), 1, 1));
    }

    @Test
    void theFirstFrameOfAGifLiesOnItsWholeScreen() {
        RgbImage decoded = decode(gif(3, 2, 1, 1));
        assertEquals(new Size(3, 2), decoded.size());
        assertEquals(0xffffff, pixel(decoded, 0, 0));
        assertEquals(0x0a0b0c, pixel(decoded, 1, 1));
        assertEquals(0xffffff, pixel(decoded, 2, 1));
        assertEquals(new Size(6, 8), decode(gif(3, 2, 5, 7)).size());
    }

    /** A frame of one pixel, then one that must not be looked at. */
    private static byte[] gif(int screenWidth, int screenHeight, int left, int top) {
        ByteBuffer gif = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        gif.put("GIF89a".getBytes(StandardCharsets.ISO_8859_1));
        gif.putShort((short) screenWidth).putShort((short) screenHeight);
        gif.put(new byte[] {(byte) 0x80, 0, 0, 10, 11, 12, 99, 99, 99});
        gif.put(new byte[] {0x21, (byte) 0xfe, 2, 'h', 'i', 0});
        for (int pixel = 0; pixel < 2; pixel++) {
            gif.put((byte) 0x2c).putShort((short) left).putShort((short) top);
            gif.putShort((short) 1).putShort((short) 1).put((byte) 0);
            // Code size 2; codes of 3 bits: clear (4), the pixel, end (5).
            gif.put((byte) 2)
                    .put((byte) 2)
                    .putShort((short) (4 | pixel << 3 | 5 << 6))
                    .put((byte) 0);
        }
        return Arrays.copyOf(gif.put((byte) 0x3b).array(), gif.position());
    }

    @Test
    void aTopDownBmpIsReadFromTheTop() {
        ByteBuffer bmp = ByteBuffer.allocate(14 + 40 + 8).order(ByteOrder.LITTLE_ENDIAN);
        bmp.put((byte) 'B').put((byte) 'M').putInt(62).putInt(0).putInt(54);
        bmp.putInt(40).putInt(1).putInt(-2).putShort((short) 1).putShort((short) 24).position(54);
        bmp.put(new byte[] {3, 2, 1, 0, 6, 5, 4, 0});
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, decode(bmp.array()).rgb());
    }

    @Test
    void runLengthsOfHalfBytesAreReadInAllTheirForms() {
        byte[] data = {
            3,
            0x12,
            2,
            0x34,
            0,
            0, // the lowest row: 1 2 1, 3 4
            0,
            5,
            0x12,
            0x34,
            0x50,
            0,
            0,
            0, // five pixels as they are, and a byte to fill up
            0,
            2,
            2,
            0,
            2,
            0x66,
            0,
            1 // a jump to the right, 6 6, the end
        };
        int[] expected = {0, 0, 6, 6, 0, 1, 2, 3, 4, 5, 1, 2, 1, 3, 4};
        int start = 14 + 40 + 64;
        ByteBuffer bmp = ByteBuffer.allocate(start + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bmp.put((byte) 'B').put((byte) 'M').putInt(bmp.capacity()).putInt(0).putInt(start);
        bmp.putInt(40).putInt(5).putInt(3).putShort((short) 1).putShort((short) 4);
        bmp.putInt(2).putInt(data.length).position(54);
        for (int color = 0; color < 16; color++) {
            bmp.putInt(color * 0x0b0907);
        }
        bmp.put(data);
        RgbImage decoded = decode(bmp.array());
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i] * 0x0b0907, pixel(decoded, i % 5, i / 5), "pixel " + i);
        }
        assertThrows(
                InvalidImageException.class,
                () -> decode(Arrays.copyOf(bmp.array(), bmp.capacity() - 3)));
    }

    @Test
    void whatIsNoPictureIsRefusedByName() {
        assertRefused("image 2 is empty; choose another picture");
        String unknown = "image 2 is no PNG, JPEG, GIF, BMP or WebP file; save it as one of these";
        assertRefused(unknown, 1, 2, 3);
        assertRefused(unknown, "<svg xmlns='http://www.w3.org/2000/svg'/>".chars().toArray());
        assertRefused(unknown, "RIFF....WAVE".chars().toArray());
    }

    @ParameterizedTest
    @CsvSource({
        "TIFF, 'II*\0........'",
        "TIFF, 'MM\0*........'",
        "AVIF, '\0\0\0 ftypavif\0\0\0\0'",
        "AVIF, '\0\0\0 ftypavis\0\0\0\0'",
        "HEIC, '\0\0\0 ftypheic\0\0\0\0'",
        "HEIC, '\0\0\0 ftypmif1\0\0\0\0'",
        "ICO, '\0\0\1\0........'",
    })
    void aForeignFormatIsRefusedByItsName(String format, String start) {
        assertRefused(
                "image 2 is a file of the format "
                        + format
                        + ", and no PNG, JPEG, GIF, BMP or WebP file; save it as one of these",
                start.chars().toArray());
    }

    @Test
    void aThumbnailIsNoLargerThanAskedForAndKeepsTheProportions() {
        byte[] jpeg =
                PictureFiles.withSegment(
                        PictureFiles.jpeg(), 0xe1, PictureFiles.exifSegment(6, true));
        assertEquals(new Size(16, 24), DECODER.plan(jpeg, NAME).size());
        assertEquals(new Size(16, 24), DECODER.decode(jpeg, NAME, 24).size());
        RgbImage small = DECODER.decode(jpeg, NAME, 12);
        assertEquals(new Size(8, 12), small.size());
        assertPixel(small, 7, 0, PictureFiles.COLORS[0], 4);
        assertPixel(small, 0, 0, PictureFiles.COLORS[2], 4);
        assertEquals(new Size(1, 1), DECODER.decode(jpeg, NAME, 1).size());
    }

    @Test
    void aPictureTooLargeIsRefusedFromItsHeader() {
        byte[] png =
                PictureFiles.png(
                        "IHDR",
                        PictureFiles.pngHeader(100_000, 100_000, 8, 2),
                        "IDAT",
                        PictureFiles.deflated(0));
        long before = System.nanoTime();
        var e = assertThrows(InvalidImageException.class, () -> decode(png));
        assertEquals(
                "image 2 is 100000 x 100000 pixels, more than the 64 megapixels that are allowed of a"
                        + " PNG file; make it smaller",
                e.getMessage());
        assertTrue(System.nanoTime() - before < 1_000_000_000L);
        assertTrue(
                assertThrows(InvalidImageException.class, () -> decode(gif(65535, 65535, 0, 0)))
                        .getMessage()
                        .contains("65535 x 65535"));
    }

    @Test
    void aPictureTooElongatedIsRefusedFromItsHeader() {
        for (int width : new int[] {40_000, 2_000_000}) {
            byte[] png =
                    PictureFiles.png(
                            "IHDR",
                            PictureFiles.pngHeader(width, 32, 8, 0),
                            "IDAT",
                            PictureFiles.deflated(0));
            var e = assertThrows(InvalidImageException.class, () -> decode(png));
            assertEquals(
                    "image 2 is "
                            + width
                            + " x 32 pixels, too elongated; cut it into parts and show them one by one",
                    e.getMessage());
        }
    }

    @Test
    void aFileOverTheLimitOfBytesIsRefused() {
        byte[] png = PictureFiles.write(PictureFiles.quarters(BufferedImage.TYPE_INT_RGB), "png");
        ImageDecoder strict = new ImageDecoder(new ImageLimits(50, 1000, 10));
        var e = assertThrows(InvalidImageException.class, () -> strict.decode(png, "a.png"));
        assertTrue(
                e.getMessage().startsWith("a.png has " + png.length + " bytes, more than the 50"),
                e.getMessage());
    }

    @Test
    void limitsOutOfRangeAreRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> new ImageLimits(1, -2, 3));
        assertTrue(e.getMessage().endsWith("not 1 bytes, -2 pixels, 3 crops"), e.getMessage());
    }

    @Test
    void aSizeWithoutPixelsIsRefused() {
        byte[] png =
                PictureFiles.png(
                        "IHDR",
                        PictureFiles.pngHeader(0, 5, 8, 2),
                        "IDAT",
                        PictureFiles.deflated(0));
        assertRefused("image 2 has no usable size (0 x 5); save it again", png);
    }

    @Test
    void damageIsNamed() {
        byte[] png = PictureFiles.write(PictureFiles.quarters(BufferedImage.TYPE_INT_RGB), "png");
        byte[] flipped = png.clone();
        flipped[png.length - 30] ^= 1;
        assertRefused(
                "image 2 is damaged: the checksum of its IDAT chunk is wrong; fetch or save it again",
                flipped);
        byte[] missing =
                PictureFiles.png(
                        "IHDR",
                        PictureFiles.pngHeader(4, 4, 8, 2),
                        "IDAT",
                        PictureFiles.deflated(0, 1, 2, 3));
        var e = assertThrows(InvalidImageException.class, () -> decode(missing));
        assertTrue(
                e.getMessage().startsWith("image 2 is damaged: its PNG data cannot be decoded ("),
                e.getMessage());
        byte[] arithmetic = PictureFiles.jpeg();
        for (int i = 0; i + 1 < arithmetic.length; i++) {
            if (arithmetic[i] == (byte) 0xff && arithmetic[i + 1] == (byte) 0xc0) {
                arithmetic[i + 1] = (byte) 0xc9;
            }
        }
        assertRefused(
                "image 2 is a lossless or arithmetic-coded JPEG file; save it as PNG", arithmetic);
    }

    @Test
    void everyTruncationIsRefused() {
        for (var file : ImageDecoderFuzzTest.files().entrySet()) {
            byte[] whole = file.getValue();
            // The last byte of a GIF is its trailer, which nothing depends on; nor does anything
            // on a PNG's last chunk, the checksum before it and that of the compressed data.
            int shortest =
                    whole.length
                            - (file.getKey().startsWith("gif")
                                    ? 2
                                    : file.getKey().startsWith("png") ? 21 : 1);
            for (int length = 0; length <= shortest; length++) {
                byte[] cut = Arrays.copyOf(whole, length);
                var e =
                        assertThrows(
                                InvalidImageException.class,
                                () -> decode(cut),
                                file.getKey() + " cut to " + length);
                assertTrue(e.getMessage().startsWith(NAME + " "), e.getMessage());
            }
        }
    }

    private static void assertRefused(String message, int... bytes) {
        byte[] file = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            file[i] = (byte) bytes[i];
        }
        assertRefused(message, file);
    }

    private static void assertRefused(String message, byte[] file) {
        assertEquals(
                message,
                assertThrows(InvalidImageException.class, () -> decode(file)).getMessage());
    }

    private static RgbImage decode(byte[] file) {
        return DECODER.decode(file, NAME);
    }

    private static int pixel(RgbImage image, int x, int y) {
        int at = 3 * (y * image.width() + x);
        return (image.rgb()[at] & 0xff) << 16
                | (image.rgb()[at + 1] & 0xff) << 8
                | image.rgb()[at + 2] & 0xff;
    }

    private static void assertQuarters(RgbImage image, int tolerance, String what) {
        assertEquals(new Size(PictureFiles.WIDTH, PictureFiles.HEIGHT), image.size(), what);
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                // Lossy formats halve the resolution of colour, which blurs where quarters meet.
                boolean seam =
                        Math.abs(2 * x + 1 - image.width()) < 4
                                || Math.abs(2 * y + 1 - image.height()) < 4;
                if (tolerance == 0 || !seam) {
                    assertPixel(image, x, y, PictureFiles.color(x, y), tolerance);
                }
            }
        }
    }

    private static void assertPixel(RgbImage image, int x, int y, int expected, int tolerance) {
        int actual = pixel(image, x, y);
        for (int shift = 0; shift <= 16; shift += 8) {
            assertEquals(
                    expected >> shift & 0xff,
                    actual >> shift & 0xff,
                    tolerance,
                    () -> "at %d, %d: %06x for %06x".formatted(x, y, actual, expected));
        }
    }
}
