package io.step3.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/**
 * Files of all formats for tests. The picture is 24 x 16 with a colour in each quarter: {@link
 * #COLORS}, row by row.
 */
final class PictureFiles {
    static final int WIDTH = 24;
    static final int HEIGHT = 16;
    static final int[] COLORS = {0xc81e28, 0x14a03c, 0x1e3cdc, 0xf0dc5a};

    // Written by libwebp 1.2.4; in those with alpha the columns from 16 on have alpha 128.
    static final byte[] WEBP_LOSSLESS =
            base64(
                    "UklGRkYAAABXRUJQVlA4TDoAAAAvF8ADAB8gJCCO2S5ZYpWatg0YJrm6sBelkID4ZIf/SbJk/gP6"
                            + "5ZAGwmyjSU5ykvc/goj+h7rtCVRP");
    static final byte[] WEBP_LOSSY =
            base64(
                    "UklGRmIAAABXRUJQVlA4IFYAAABQAwCdASoYABAALiUYjEYREREBABIlqAJ0ugCnAATYApW6HAD+"
                            + "/KfQS6vZ/8Ond/82B/Zv/3YWX//b+1V9n/+6BJR/9oyZQF//C8b/sUUaMGgDvOwAAA==");
    static final byte[] WEBP_LOSSLESS_ALPHA =
            base64(
                    "UklGRlwAAABXRUJQVlA4TFAAAAAvF8ADEC9AmG00sLHvdSRHpaZtA6ZIek3sRUmkbTNN0zH/6OhK"
                            + "CCRtbD6e/CH3P02ATQcIhgGomcIUUjiFFPKX6RlARP8n4Gti25uuSgCbAA==");
    static final byte[] WEBP_LOSSY_ALPHA =
            base64(
                    "UklGRpAAAABXRUJQVlA4WAoAAAAQAAAAFwAADwAAQUxQSBMAAAABD/DA/4iIIBZM5i/dH0FE/4Nm"
                            + "AFZQOCBWAAAAUAMAnQEqGAAQAC4lGIxGERERAQASJagCdLoApwAE2AKVuhwA/vyn0Eur2f/D"
                            + "p3f/Ngf2b/92Fl//2/tVfZ//ugSUf/aMmUBf/wvG/7FFGjBoA7zsAAA=");
    static final byte[] WEBP_ANIMATION =
            base64(
                    "UklGRs4AAABXRUJQVlA4WAoAAAASAAAAFwAADwAAQU5JTQYAAAAAAAAAAABBTk1GbgAAAAAAAAAA"
                            + "ABcAAA8AAAAAAAJWUDhMVgAAAC8XwAMQL6CYkSRIbFBPknktyVKpadsI2jsXwov9MB0YsgAT"
                            + "k0HsDiHI2CIREBQ9Z3qUGY/TI+avNsEg20incAqnMIUpvL/QA0T0P1R1S5KfAHDXti8LQU5N"
                            + "RiwAAAAAAAAAAAAXAAAPAAAAAAAAVlA4TBQAAAAvF8ADAAdQgVQIIAAKmv7HiIj+Bw==");

    /** {@link #WEBP_LOSSLESS} with EXIF orientation 6. */
    static final byte[] WEBP_EXIF =
            base64(
                    "UklGRnoAAABXRUJQVlA4WAoAAAAIAAAAFwAADwAAVlA4TDoAAAAvF8ADAB8gJCCO2S5ZYpWatg0Y"
                            + "Jrm6sBelkID4ZIf/SbJk/gP65ZAGwmyjSU5ykvc/goj+h7rtCVRPRVhJRhoAAABNTQAqAAAA"
                            + "CAABARIAAwAAAAEABgAAAAAAAA==");

    private PictureFiles() {}

    static BufferedImage quarters(int type) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, type);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                image.setRGB(x, y, 0xff000000 | color(x, y));
            }
        }
        return image;
    }

    static int color(int x, int y) {
        return COLORS[2 * y / HEIGHT * 2 + 2 * x / WIDTH];
    }

    static byte[] write(BufferedImage image, String format) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            if (!ImageIO.write(image, format, out)) {
                throw new AssertionError("no writer for " + format);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] jpeg() {
        return jpeg(new IIOImage(quarters(BufferedImage.TYPE_INT_RGB), null, null), false);
    }

    static byte[] progressiveJpeg() {
        return jpeg(new IIOImage(quarters(BufferedImage.TYPE_INT_RGB), null, null), true);
    }

    /** A JPEG of raw components, all alike, without any marker that says what they mean. */
    static byte[] jpegOfComponents(int... values) {
        var raster = Raster.createInterleavedRaster(0, WIDTH, HEIGHT, values.length, null);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                raster.setPixel(x, y, values);
            }
        }
        return jpeg(new IIOImage(raster, null, null), false);
    }

    private static byte[] jpeg(IIOImage image, boolean progressive) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(1);
            if (progressive) {
                param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            }
            writer.setOutput(stream);
            writer.write(null, image, param);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** Puts a segment behind a JPEG's start. */
    static byte[] withSegment(byte[] jpeg, int marker, byte[] data) {
        return ByteBuffer.allocate(jpeg.length + data.length + 4)
                .put(jpeg, 0, 2)
                .put((byte) 0xff)
                .put((byte) marker)
                .putShort((short) (data.length + 2))
                .put(data)
                .put(jpeg, 2, jpeg.length - 2)
                .array();
    }

    static byte[] adobe(int transform) {
        byte[] data = "Adobe\0d\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
        data[11] = (byte) transform;
        return data;
    }

    /** A TIFF block with the orientation as its only tag. */
    static byte[] exif(int orientation, boolean littleEndian) {
        ByteBuffer tiff = ByteBuffer.allocate(26);
        tiff.order(littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        tiff.put((byte) (littleEndian ? 'I' : 'M')).put((byte) (littleEndian ? 'I' : 'M'));
        tiff.putShort((short) 42).putInt(8).putShort((short) 1);
        tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation);
        return tiff.array();
    }

    static byte[] exifSegment(int orientation, boolean littleEndian) {
        return ByteBuffer.allocate(32)
                .put("Exif\0\0".getBytes(StandardCharsets.ISO_8859_1))
                .put(exif(orientation, littleEndian))
                .array();
    }

    /** A PNG of chunks given by name and content; IHDR must come first, IEND is added. */
    static byte[] png(Object... chunks) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("\211PNG\r\n\032\n".getBytes(StandardCharsets.ISO_8859_1));
        for (int i = 0; i < chunks.length; i += 2) {
            chunk(out, (String) chunks[i], (byte[]) chunks[i + 1]);
        }
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    static byte[] pngHeader(int width, int height, int bits, int colorType) {
        return ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put((byte) bits)
                .put((byte) colorType)
                .array();
    }

    static byte[] deflated(int... bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var deflater = new DeflaterOutputStream(out)) {
            for (int value : bytes) {
                deflater.write(value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] typed =
                ByteBuffer.allocate(4 + data.length)
                        .put(type.getBytes(StandardCharsets.ISO_8859_1))
                        .put(data)
                        .array();
        CRC32 crc = new CRC32();
        crc.update(typed);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(typed);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    private static byte[] base64(String text) {
        return Base64.getDecoder().decode(text);
    }
}
