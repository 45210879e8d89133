package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** PNG and BMP files in every form that the JDK writes decode to the pixels that were written. */
class JdkParityTest {
    private static final long SEED = 20;

    @TestFactory
    List<DynamicTest> everyFormOfPngKeepsItsPixels() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int type :
                new int[] {
                    BufferedImage.TYPE_3BYTE_BGR,
                    BufferedImage.TYPE_BYTE_GRAY,
                    BufferedImage.TYPE_BYTE_BINARY,
                    BufferedImage.TYPE_BYTE_INDEXED
                }) {
            for (boolean interlaced : new boolean[] {false, true}) {
                for (Size size : sizes()) {
                    BufferedImage image = new BufferedImage(size.width(), size.height(), type);
                    String name = "type %d, %s, %s".formatted(type, interlaced, size);
                    tests.add(
                            DynamicTest.dynamicTest(
                                    name, () -> check(image, "png", null, interlaced)));
                }
            }
        }
        return tests;
    }

    @TestFactory
    List<DynamicTest> everyFormOfBmpKeepsItsPixels() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Size size : sizes()) {
            int width = size.width();
            int height = size.height();
            add(tests, "BI_RGB", new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR));
            add(tests, "BI_RGB", new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB));
            add(tests, "BI_RGB", new BufferedImage(width, height, BufferedImage.TYPE_BYTE_BINARY));
            add(tests, "BI_RGB", indexed(width, height, 4));
            add(tests, "BI_RGB", indexed(width, height, 8));
            add(tests, "BI_RLE8", indexed(width, height, 8));
            int bits16 = BufferedImage.TYPE_USHORT_565_RGB;
            add(tests, "BI_BITFIELDS", new BufferedImage(width, height, bits16));
        }
        return tests;
    }

    private static void add(List<DynamicTest> tests, String form, BufferedImage image) {
        String name =
                "%s, type %d, %d x %d"
                        .formatted(form, image.getType(), image.getWidth(), image.getHeight());
        tests.add(DynamicTest.dynamicTest(name, () -> check(image, "bmp", form, false)));
    }

    private static List<Size> sizes() {
        return List.of(new Size(1, 1), new Size(3, 9), new Size(8, 8), new Size(21, 13));
    }

    private static BufferedImage indexed(int width, int height, int bits) {
        Random random = new Random(SEED);
        byte[] colors = new byte[3 << bits];
        random.nextBytes(colors);
        var palette = new IndexColorModel(bits, 1 << bits, colors, 0, false);
        int type = bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY;
        return new BufferedImage(width, height, type, palette);
    }

    private static void check(BufferedImage image, String format, String form, boolean interlaced)
            throws IOException {
        Random random = new Random(SEED);
        var raster = image.getRaster();
        int color = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                // Runs and noise, so that all ways of compression are taken.
                color = random.nextInt(3) == 0 ? random.nextInt() : color;
                for (int band = 0; band < raster.getNumBands(); band++) {
                    int most = (1 << raster.getSampleModel().getSampleSize(band)) - 1;
                    raster.setSample(x, y, band, color >> 8 * band & most);
                }
            }
        }
        byte[] file = write(image, format, form, interlaced);
        RgbImage decoded = new ImageDecoder().decode(file, "seed " + SEED);
        assertEquals(new Size(image.getWidth(), image.getHeight()), decoded.size());
        byte[] expected = expected(image);
        if ("BI_BITFIELDS".equals(form)) {
            assertNear(expected, decoded.rgb()); // Java rounds where Pillow truncates
        } else {
            assertArrayEquals(expected, decoded.rgb());
        }
    }

    private static void assertNear(byte[] expected, byte[] actual) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i] & 0xff, actual[i] & 0xff, 1, "at " + i);
        }
    }

    private static byte[] expected(BufferedImage image) {
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        boolean grey = image.getType() == BufferedImage.TYPE_BYTE_GRAY;
        for (int i = 0; i < rgb.length / 3; i++) {
            int x = i % image.getWidth();
            int y = i / image.getWidth();
            // Java would take grey for linear light.
            int pixel = grey ? image.getRaster().getSample(x, y, 0) * 0x010101 : image.getRGB(x, y);
            rgb[3 * i] = (byte) (pixel >> 16);
            rgb[3 * i + 1] = (byte) (pixel >> 8);
            rgb[3 * i + 2] = (byte) pixel;
        }
        return rgb;
    }

    private static byte[] write(BufferedImage image, String format, String form, boolean interlaced)
            throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            if (form != null) {
                param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                param.setCompressionType(form);
            }
            if (interlaced) {
                param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            }
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }
}
