package io.step3.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.IIOException;

/**
 * BMP (BITMAPCOREHEADER to BITMAPV5HEADER of the Windows GDI reference). As most files begin with
 * the lowest row, they are given out in that order and turned upright like a picture that was taken
 * upside down.
 *
 * @param bits of a pixel
 * @param runLengths whether rows are compressed (BI_RLE8, BI_RLE4)
 * @param palette RGB by index, black beyond its end; unused where pixels are colours
 * @param masks of red, green, blue and alpha in a pixel of 16 or 32 bits; 0 where there is none
 * @param data where the rows begin
 */
record BmpFile(
        ByteBuffer file,
        Size size,
        Orientation orientation,
        int bits,
        boolean runLengths,
        int[] palette,
        int[] masks,
        long data)
        implements EncodedImage {
    private static final int FILE_HEADER = 14;
    private static final int CORE_HEADER = 12;
    private static final int V2_HEADER = 52;
    private static final int V3_HEADER = 56;
    private static final int RLE8 = 1;
    private static final int RLE4 = 2;
    private static final int BITFIELDS = 3;

    static BmpFile parse(ByteBuffer bytes) throws IIOException {
        ByteReader in = ByteReader.littleEndian(bytes);
        in.skip(10);
        long offset = in.u32();
        long header = in.u32();
        boolean core = header == CORE_HEADER;
        long width = core ? in.u16() : (int) in.u32();
        long height = core ? in.u16() : (int) in.u32();
        // A negative height says that the upper row comes first.
        Size size = EncodedImage.size(width, Math.abs(height));
        in.skip(2);
        int bits = in.u16();
        if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
            throw new IIOException(
                    "is damaged: BMP files have no pixels of " + bits + " bits; save it again");
        }
        long compression = core ? 0 : in.u32();
        boolean runLengths = compression == RLE8 && bits == 8 || compression == RLE4 && bits == 4;
        boolean bitfields = compression == BITFIELDS && bits >= 16;
        if (compression != 0 && !runLengths && !bitfields) {
            throw new IIOException("is a BMP file with another format inside; save it as PNG");
        }
        int[] masks =
                bits == 16
                        ? new int[] {0x7c00, 0x3e0, 0x1f, 0}
                        : new int[] {0xff0000, 0xff00, 0xff, 0};
        int[] palette = new int[256];
        long end = FILE_HEADER + header;
        if (bits <= 8) {
            long colors = 0;
            if (!core) {
                in.skip(12);
                colors = in.u32();
            }
            colors = colors == 0 ? 1 << bits : colors;
            ByteReader table = ByteReader.littleEndian(bytes);
            table.skip(end);
            for (int i = 0; i < Math.min(colors, 1 << bits); i++) {
                palette[i] = table.u24();
                table.skip(core ? 0 : 1);
            }
            end += colors * (core ? 3 : 4);
        } else if (bitfields) {
            ByteReader fields = ByteReader.littleEndian(bytes);
            fields.skip(FILE_HEADER + 40);
            for (int i = 0; i < (header < V3_HEADER ? 3 : 4); i++) {
                masks[i] = (int) fields.u32();
            }
            end = Math.max(end, header < V2_HEADER ? fields.position() : 0);
        }
        if (offset < end && (offset == 0 || bits <= 8 && offset == FILE_HEADER + header)) {
            offset = end; // as Pillow does
        }
        if (!runLengths) {
            ByteReader.littleEndian(bytes).skip(offset + rowBytes(size, bits) * size.height());
        }
        return new BmpFile(
                bytes,
                size,
                height < 0 ? Orientation.TOP_LEFT : Orientation.BOTTOM_LEFT,
                bits,
                runLengths,
                palette,
                masks,
                offset);
    }

    private static long rowBytes(Size size, int bits) {
        return ((long) size.width() * bits + 31) / 32 * 4;
    }

    @Override
    public String format() {
        return "BMP";
    }

    @Override
    public long maxPixels() {
        return 64_000_000;
    }

    @Override
    public void decode(RowSink sink) throws IOException {
        byte[] rgb = new byte[3 * size.width()];
        if (runLengths) {
            ByteReader in = ByteReader.littleEndian(file);
            in.skip(data);
            var rows = new BmpRunLengths(in, size, bits);
            for (int y = 0; y < size.height(); y++) {
                byte[] indices = rows.next();
                for (int x = 0; x < size.width(); x++) {
                    put(palette[indices[x] & 0xff], rgb, 3 * x);
                }
                sink.row(rgb);
            }
            return;
        }
        byte[] row = new byte[(int) rowBytes(size, bits)];
        for (int y = 0; y < size.height(); y++) {
            file.get((int) (data + (long) y * row.length), row);
            if (bits <= 8) {
                indexed(row, rgb);
            } else if (bits == 24) {
                for (int at = 0; at < rgb.length; at += 3) {
                    rgb[at] = row[at + 2];
                    rgb[at + 1] = row[at + 1];
                    rgb[at + 2] = row[at];
                }
            } else {
                masked(row, rgb);
            }
            sink.row(rgb);
        }
    }

    private void indexed(byte[] row, byte[] rgb) {
        for (int x = 0; x < size.width(); x++) {
            int bit = x * bits;
            int index = row[bit >> 3] >> (8 - bits - (bit & 7)) & (1 << bits) - 1;
            put(palette[index], rgb, 3 * x);
        }
    }

    private void masked(byte[] row, byte[] rgb) {
        int bytes = bits / 8;
        for (int x = 0, from = 0, at = 0; x < size.width(); x++, from += bytes) {
            int pixel = row[from] & 0xff | (row[from + 1] & 0xff) << 8;
            if (bytes == 4) {
                pixel |= (row[from + 2] & 0xff) << 16 | row[from + 3] << 24;
            }
            int alpha = masks[3] == 0 ? 255 : sample(pixel, masks[3]);
            for (int color = 0; color < 3; color++) {
                rgb[at++] = CanvasRows.overWhite(sample(pixel, masks[color]), alpha);
            }
        }
    }

    private static int sample(int pixel, int mask) {
        if (mask == 0) {
            return 0;
        }
        int shift = Integer.numberOfTrailingZeros(mask);
        long most = Integer.toUnsignedLong(mask) >> shift;
        long value = Integer.toUnsignedLong(pixel & mask) >> shift;
        return (int) (value * 255 / most);
    }

    private static void put(int color, byte[] rgb, int at) {
        rgb[at] = (byte) (color >> 16);
        rgb[at + 1] = (byte) (color >> 8);
        rgb[at + 2] = (byte) color;
    }
}
