package io.step3.image;

import java.io.IOException;
import javax.imageio.IIOException;

/** BMP (BITMAPCOREHEADER to BITMAPV5HEADER of the Windows GDI reference). */
record BmpFile(Size size, byte[] pixels) implements EncodedImage {
    private static final int FILE_HEADER = 14;
    private static final int CORE_HEADER = 12;
    private static final int V4_HEADER = 108;
    private static final int BITFIELDS = 3;
    private static final int COLOR_SPACE = FILE_HEADER + 56;
    private static final byte[] SRGB = {'B', 'G', 'R', 's'};

    static BmpFile parse(byte[] bytes) throws IIOException {
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
        if (bits > 32) {
            throw new IIOException(
                    "is damaged: BMP files have no pixels of " + bits + " bits; save it again");
        }
        long compression = core ? 0 : in.u32();
        if (compression > BITFIELDS) {
            throw new IIOException("is a BMP file with another format inside; save it as PNG");
        }
        if (compression == 0 || compression == BITFIELDS) {
            long row = (width * bits + 31) / 32 * 4;
            ByteReader.littleEndian(bytes).skip(offset + row * size.height());
        }
        byte[] pixels = bytes;
        if (header >= V4_HEADER && bytes.length >= COLOR_SPACE + SRGB.length) {
            pixels = bytes.clone();
            System.arraycopy(SRGB, 0, pixels, COLOR_SPACE, SRGB.length);
        }
        return new BmpFile(size, pixels);
    }

    @Override
    public String format() {
        return "BMP";
    }

    @Override
    public Orientation orientation() {
        return Orientation.TOP_LEFT;
    }

    @Override
    public RgbImage decode() throws IOException {
        return new WhiteCanvas(size).paint(LibraryReader.ofJdk("bmp").image(pixels), 0, 0).image();
    }
}
