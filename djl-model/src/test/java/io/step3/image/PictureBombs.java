package io.step3.image;

import java.awt.image.BufferedImage;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/** Small files that promise many pixels, made for a number of pixels a side. */
final class PictureBombs {
    private PictureBombs() {}

    /** Files by what they are, made when asked for. */
    static Map<String, Supplier<byte[]>> of(int side) {
        Map<String, Supplier<byte[]>> bombs = new LinkedHashMap<>();
        bombs.put("png of one bit", () -> png(side, 1, 0, 0));
        bombs.put("png rgb", () -> png(side, 8, 2, 0));
        bombs.put("png rgba interlaced", () -> png(side, 8, 6, 1));
        bombs.put("png rgba of 16 bits", () -> png(side, 16, 6, 0));
        bombs.put("png with an icc bomb", () -> pngWith(8, "iCCP"));
        bombs.put("png with a text bomb", () -> pngWith(8, "zTXt"));
        bombs.put("jpeg", () -> jpeg(side, BufferedImage.TYPE_3BYTE_BGR, false));
        bombs.put("jpeg progressive", () -> jpeg(side, BufferedImage.TYPE_3BYTE_BGR, true));
        bombs.put("jpeg progressive grey", () -> jpeg(side, BufferedImage.TYPE_BYTE_GRAY, true));
        bombs.put("gif without data", () -> gif(side, side));
        bombs.put("gif with a small frame", () -> gif(side, 1));
        bombs.put("bmp rle without data", () -> bmp(side, new byte[] {0, 1}));
        bombs.put("bmp rle of row ends", () -> bmp(side, new byte[20 << 20]));
        bombs.put("webp lossless", () -> webp(side, side, 0));
        bombs.put("webp lossless predicted", () -> webp(side, side, 1));
        bombs.put("webp with a small frame", () -> webp(side, 1, 0));
        return bombs;
    }

    private static byte[] png(int side, int bits, int colorType, int interlace) {
        byte[] header = PictureFiles.pngHeader(side, side, bits, colorType);
        header[12] = (byte) interlace;
        int samples = colorType == 2 ? 3 : colorType == 6 ? 4 : 1;
        // An interlaced picture has up to one more filter byte a row and pass.
        long length =
                ((long) side * samples * bits / 8 + 2) * side + (interlace == 1 ? 4L * side : 0);
        return PictureFiles.png("IHDR", header, "IDAT", zeros(length));
    }

    private static byte[] pngWith(int side, String chunk) {
        byte[] bomb = zeros(30_000_000);
        byte[] content =
                ByteBuffer.allocate(bomb.length + 3)
                        .put((byte) 'x')
                        .put((byte) 0)
                        .put((byte) 0)
                        .put(bomb)
                        .array();
        return PictureFiles.png(
                "IHDR",
                PictureFiles.pngHeader(side, side, 8, 0),
                chunk,
                content,
                "IDAT",
                zeros(side * (side + 1)));
    }

    private static byte[] zeros(long count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var deflater = new DeflaterOutputStream(out, new Deflater(9))) {
            byte[] block = new byte[1 << 16];
            for (long rest = count; rest > 0; rest -= block.length) {
                deflater.write(block, 0, (int) Math.min(rest, block.length));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] jpeg(int side, int type, boolean progressive) {
        // All rows of the picture are the same memory.
        int bands = type == BufferedImage.TYPE_BYTE_GRAY ? 1 : 3;
        int[] offsets = bands == 1 ? new int[] {0} : new int[] {0, 1, 2};
        var model = new ComponentSampleModel(DataBuffer.TYPE_BYTE, side, side, bands, 0, offsets);
        byte[] row = new byte[bands * side];
        Arrays.fill(row, (byte) 77);
        var raster = Raster.createWritableRaster(model, new DataBufferByte(row, row.length), null);
        var colors = new BufferedImage(1, 1, type).getColorModel();
        BufferedImage image = new BufferedImage(colors, raster, false, null);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setProgressiveMode(
                    progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), param);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    private static byte[] gif(int screen, int frame) {
        ByteBuffer gif = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
        gif.put("GIF89a".getBytes(StandardCharsets.ISO_8859_1));
        gif.putShort((short) screen).putShort((short) screen);
        gif.put(new byte[] {(byte) 0x80, 0, 0, 0, 0, 0, -1, -1, -1, 0x2c, 0, 0, 0, 0});
        gif.putShort((short) frame).putShort((short) frame).put((byte) 0);
        gif.put(new byte[] {2, 2, 0x44, 1, 0, 0x3b});
        return Arrays.copyOf(gif.array(), gif.position());
    }

    private static byte[] bmp(int side, byte[] data) {
        int start = 14 + 40 + 1024;
        ByteBuffer bmp = ByteBuffer.allocate(start + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bmp.put((byte) 'B').put((byte) 'M').putInt(bmp.capacity()).putInt(0).putInt(start);
        bmp.putInt(40).putInt(side).putInt(side).putShort((short) 1).putShort((short) 8);
        bmp.putInt(1).putInt(data.length).position(start);
        return bmp.put(data).array();
    }

    /** A lossless picture of codes that take no bits, with a predictor or without. */
    private static byte[] webp(int canvas, int side, int predictors) {
        BitWriter bits = new BitWriter();
        bits.add(side - 1, 14).add(side - 1, 14).add(0, 4);
        for (int i = 0; i < predictors; i++) {
            bits.add(1, 1).add(0, 2).add(7, 3); // a predictor, of squares of 512 pixels
            bits.add(0, 1).codes(13);
        }
        bits.add(0, 1).add(0, 2).codes(0);
        byte[] data = bits.bytes();
        ByteBuffer file = ByteBuffer.allocate(data.length + 48).order(ByteOrder.LITTLE_ENDIAN);
        file.put("RIFF".getBytes(StandardCharsets.ISO_8859_1)).putInt(0);
        file.put("WEBPVP8X".getBytes(StandardCharsets.ISO_8859_1)).putInt(10).putInt(0);
        file.putShort((short) (canvas - 1)).put((byte) (canvas - 1 >> 16));
        file.putShort((short) (canvas - 1)).put((byte) (canvas - 1 >> 16));
        file.put("VP8L".getBytes(StandardCharsets.ISO_8859_1)).putInt(data.length + 1);
        file.put((byte) 0x2f).put(data);
        byte[] bytes = Arrays.copyOf(file.array(), file.position() + (file.position() & 1));
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(4, bytes.length - 8);
        return bytes;
    }

    private static final class BitWriter {
        private final BitSet bits = new BitSet();
        private int length;

        BitWriter add(int value, int count) {
            for (int i = 0; i < count; i++) {
                bits.set(length++, (value >> i & 1) == 1);
            }
            return this;
        }

        /** Five codes of one symbol each, that of green as given. */
        BitWriter codes(int green) {
            for (int i = 0; i < 5; i++) {
                add(1, 1).add(0, 1).add(1, 1).add(i == 0 ? green : 0, 8);
            }
            return this;
        }

        byte[] bytes() {
            return Arrays.copyOf(bits.toByteArray(), length / 8 + 16);
        }
    }
}
