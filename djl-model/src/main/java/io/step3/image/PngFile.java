package io.step3.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.IIOException;

/**
 * PNG (W3C PNG specification, third edition). Of an animation the still picture is taken. Like
 * Pillow and browsers we take a file that ends early if all pixels are there.
 *
 * @param data where the first IDAT chunk begins
 */
record PngFile(
        ByteBuffer file, PngHeader header, Orientation orientation, PngColors colors, int data)
        implements EncodedImage {
    private static final int SIGNATURE = 8;
    private static final String XMP_KEYWORD = "XML:com.adobe.xmp\0";
    private static final long MOST_PIXELS = 64_000_000;

    /**
     * Bytes that are inflated; those of an interlaced picture are twice. A screenshot of 7680 x
     * 4320 pixels fits in any form.
     */
    private static final long MOST_DATA = 270_000_000;

    private static final int MOST_XMP = 1 << 20;

    static PngFile parse(ByteBuffer bytes) throws IIOException {
        ByteReader in = ByteReader.bigEndian(bytes);
        in.skip(SIGNATURE);
        PngHeader header = null;
        byte[] palette = {};
        byte[] transparency = {};
        Optional<Orientation> exif = Optional.empty();
        Optional<Orientation> xmp = Optional.empty();
        int pixels = 0;
        String type = "";
        while (!type.equals("IEND")) {
            int start = in.position();
            if (pixels > 0 && isCutOff(in)) {
                break;
            }
            long length = in.u32();
            type = in.text(4);
            if ((header == null) != type.equals("IHDR")) {
                throw new IIOException(
                        "is a PNG file that does not begin with one IHDR chunk; save it again");
            }
            ByteReader data = in.part(length);
            long crc = in.u32();
            switch (type) {
                case "IHDR", "PLTE", "tRNS", "IDAT", "IEND" ->
                        check(type, bytes.slice(start + 4, (int) length + 4), crc);
                default -> {} // colours, times: nothing that we show
            }
            switch (type) {
                case "IHDR" -> header = PngHeader.read(data);
                case "PLTE" -> palette = data.take(length);
                case "tRNS" -> transparency = data.take(length);
                case "IDAT" -> pixels = pixels == 0 ? start : pixels;
                case "eXIf" -> exif = Orientation.ofExif(data);
                case "iTXt" -> {
                    if (data.startsWith(XMP_KEYWORD)) {
                        xmp = Orientation.ofXmp(xmp(data));
                    }
                }
                default -> {}
            }
        }
        if (pixels == 0) {
            throw new IIOException("is a PNG file without pixels; save it again");
        }
        if (header.colorType() == PngHeader.PALETTE && palette.length < 3) {
            throw new IIOException("is damaged: it has no palette; fetch or save it again");
        }
        return new PngFile(
                bytes,
                header,
                Orientation.of(exif, xmp),
                new PngColors(header, palette, transparency),
                pixels);
    }

    /** Whether the file ends before the next chunk does. */
    private static boolean isCutOff(ByteReader in) throws IIOException {
        return in.remaining() < 12 || in.order(false).u32() > in.remaining() - 12;
    }

    private static void check(String type, ByteBuffer typeAndData, long expected)
            throws IIOException {
        CRC32 crc = new CRC32();
        crc.update(typeAndData);
        if (crc.getValue() != expected) {
            throw new IIOException(
                    "is damaged: the checksum of its "
                            + type
                            + " chunk is wrong; fetch or save it again");
        }
    }

    /** The text of an iTXt chunk, or its beginning; empty if it makes no sense. */
    private static String xmp(ByteReader chunk) throws IIOException {
        try {
            chunk.skip(XMP_KEYWORD.length());
            boolean compressed = chunk.u8() == 1;
            chunk.skip(1);
            for (int empty = 0; empty < 2; empty++) { // language and translated keyword
                while (chunk.u8() != 0) {}
            }
            if (!compressed) {
                return chunk.text(Math.min(chunk.remaining(), MOST_XMP));
            }
            return inflated(chunk.take(chunk.remaining()));
        } catch (DataFormatException | IIOException damaged) {
            return "";
        }
    }

    private static String inflated(byte[] data) throws DataFormatException {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(data);
            byte[] text = new byte[MOST_XMP];
            int length = inflater.inflate(text);
            return new String(text, 0, length, StandardCharsets.ISO_8859_1);
        } finally {
            inflater.end();
        }
    }

    @Override
    public String format() {
        return "PNG";
    }

    @Override
    public Size size() {
        return header.size();
    }

    @Override
    public long maxPixels() {
        int bits = header.samples() * header.bits() * (header.interlaced() ? 2 : 1);
        return Math.min(MOST_PIXELS, MOST_DATA * 8 / bits);
    }

    @Override
    public void decode(RowSink sink) throws IOException {
        PngPass[] passes = PngPass.open(file, data, header);
        try {
            byte[] rgb = new byte[3 * size().width()];
            for (int y = 0; y < size().height(); y++) {
                for (PngPass pass : passes) {
                    pass.addTo(y, colors, rgb);
                }
                sink.row(rgb);
            }
        } finally {
            PngPass.close(passes);
        }
    }
}
