package io.step3.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.IIOException;

/** PNG (W3C PNG specification, third edition). Of an animation the still picture is taken. */
record PngFile(Size size, Orientation orientation, byte[] pixels) implements EncodedImage {
    private static final int SIGNATURE = 8;

    static PngFile parse(byte[] bytes) throws IIOException {
        ByteReader in = ByteReader.bigEndian(bytes);
        ByteArrayOutputStream pixels = new ByteArrayOutputStream(bytes.length);
        pixels.writeBytes(in.take(SIGNATURE));
        Size size = null;
        Orientation orientation = Orientation.TOP_LEFT;
        boolean hasData = false;
        String type = "";
        while (!type.equals("IEND")) {
            int start = in.position();
            long length = in.u32();
            type = new String(in.take(4), StandardCharsets.ISO_8859_1);
            if ((size == null) != type.equals("IHDR")) {
                throw new IIOException(
                        "is a PNG file that does not begin with one IHDR chunk; save it again");
            }
            int data = in.position();
            in.skip(length);
            long crc = in.u32();
            switch (type) {
                case "IHDR", "PLTE", "tRNS", "IDAT", "IEND" -> {
                    check(type, bytes, data - 4, (int) length + 4, crc);
                    pixels.write(bytes, start, in.position() - start);
                }
                case "eXIf" ->
                        orientation =
                                Orientation.ofExif(
                                        Arrays.copyOfRange(bytes, data, data + (int) length));
                default -> {} // colours, texts, times: nothing that we show
            }
            if (type.equals("IHDR")) {
                ByteReader header = new ByteReader(bytes, data, data + (int) length, false);
                size = EncodedImage.size(header.u32(), header.u32());
            }
            hasData |= type.equals("IDAT");
        }
        if (!hasData) {
            throw new IIOException("is a PNG file without pixels; save it again");
        }
        return new PngFile(size, orientation, pixels.toByteArray());
    }

    private static void check(String type, byte[] bytes, int start, int length, long expected)
            throws IIOException {
        CRC32 crc = new CRC32();
        crc.update(bytes, start, length);
        if (crc.getValue() != expected) {
            throw new IIOException(
                    "is damaged: the checksum of its "
                            + type
                            + " chunk is wrong; fetch or save it again");
        }
    }

    @Override
    public String format() {
        return "PNG";
    }

    @Override
    public RgbImage decode() throws IOException {
        return new WhiteCanvas(size).paint(LibraryReader.ofJdk("png").image(pixels), 0, 0).image();
    }
}
