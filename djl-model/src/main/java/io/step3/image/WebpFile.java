package io.step3.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import io.step3.image.webp.Vp8Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.imageio.IIOException;

/**
 * WebP (RFC 9649). Of an animation the first frame is taken, on its whole canvas.
 *
 * @param frame what is decoded
 */
record WebpFile(Size size, Orientation orientation, Frame frame) implements EncodedImage {

    static WebpFile parse(ByteBuffer bytes) throws IIOException {
        ByteReader file = ByteReader.littleEndian(bytes);
        file.skip(4);
        ByteReader in = file.part(file.u32());
        in.skip(4);
        Optional<Orientation> exif = Optional.empty();
        Optional<Orientation> xmp = Optional.empty();
        Size canvas = null;
        Frame frame = null;
        byte[] alpha = null;
        while (in.remaining() > 0) {
            Chunk chunk = Chunk.next(in);
            switch (chunk.type) {
                case "VP8X" -> {
                    ByteReader header = ByteReader.littleEndian(ByteBuffer.wrap(chunk.data));
                    header.skip(4);
                    canvas = new Size(header.u24() + 1, header.u24() + 1);
                }
                case "ALPH" -> alpha = chunk.data;
                case "VP8 ", "VP8L" -> frame = frame == null ? Frame.of(0, 0, alpha, chunk) : frame;
                case "ANMF" -> frame = frame == null ? Frame.ofAnimation(chunk) : frame;
                case "EXIF" ->
                        exif =
                                Orientation.ofExif(
                                        ByteReader.littleEndian(ByteBuffer.wrap(chunk.data)));
                case "XMP " ->
                        xmp =
                                Orientation.ofXmp(
                                        new String(chunk.data, StandardCharsets.ISO_8859_1));
                default -> {} // colour profile, XMP, animation settings: nothing that we show
            }
        }
        if (frame == null) {
            throw new IIOException("is a WebP file without a picture; save it again");
        }
        Size size = canvas == null ? frame.size : canvas;
        if (frame.left + frame.size.width() > size.width()
                || frame.top + frame.size.height() > size.height()) {
            throw new IIOException(
                    "is damaged: its frame is larger than its canvas; save it again");
        }
        return new WebpFile(size, Orientation.of(exif, xmp), frame);
    }

    @Override
    public String format() {
        return "WebP";
    }

    @Override
    public long maxPixels() {
        return 64_000_000;
    }

    @Override
    public void decode(RowSink sink) throws IOException {
        byte[] alpha = frame.alpha == null ? null : WebpAlpha.decode(frame.alpha, frame.size);
        CanvasRows rows = new CanvasRows(size, frame.left, frame.top, sink);
        int width = frame.size.width();
        if (frame.pixels.type.equals("VP8 ")) {
            int[] y = new int[1];
            Vp8Picture.decode(
                    ByteBuffer.wrap(frame.pixels.data),
                    argb -> {
                        for (int x = 0; alpha != null && x < width; x++) {
                            argb[x] = argb[x] & 0xffffff | alpha[y[0] * width + x] << 24;
                        }
                        y[0]++;
                        rows.row(argb, width);
                    });
            rows.end();
            return;
        }
        BufferedImage image = read(frame.pixels);
        int[] argb = new int[width];
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, width, 1, argb, 0, width);
            rows.row(argb, width);
        }
        rows.end();
    }

    /** Decodes a bitstream, as the only chunk of a file. */
    static BufferedImage read(Chunk bitstream) throws IOException {
        int length = bitstream.data.length;
        // The lossless decoder looks ahead; zeros behind the data keep it from the end of the file.
        int padded = length + 64 + length % 2;
        ByteBuffer file = ByteBuffer.allocate(20 + padded).order(ByteOrder.LITTLE_ENDIAN);
        file.put(ascii("RIFF")).putInt(12 + padded).put(ascii("WEBP"));
        file.put(ascii(bitstream.type)).putInt(padded).put(bitstream.data);
        Excerpt excerpt = new Excerpt(file.clear());
        excerpt.add(0, file.limit());
        return LibraryReader.of(new WebPImageReaderSpi()).image(excerpt);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    record Chunk(String type, byte[] data) {

        static Chunk next(ByteReader in) throws IIOException {
            String type = new String(in.take(4), StandardCharsets.ISO_8859_1);
            long length = in.u32();
            byte[] data = in.take(length);
            in.skip(Math.min(length & 1, in.remaining()));
            return new Chunk(type, data);
        }
    }

    /**
     * One frame.
     *
     * @param left of the frame on the canvas
     * @param top of the frame on the canvas
     * @param size as the bitstream says, which is what will be decoded
     * @param alpha an ALPH chunk's data, null when there is none
     * @param pixels a "VP8 " or "VP8L" chunk
     */
    record Frame(int left, int top, Size size, byte[] alpha, Chunk pixels) {
        private static final int VP8_START_CODE = 0x2a019d;
        private static final int VP8L_SIGNATURE = 0x2f;

        static Frame of(int left, int top, byte[] alpha, Chunk pixels) throws IIOException {
            return pixels.type.equals("VP8L")
                    ? new Frame(left, top, losslessSize(pixels.data), null, pixels)
                    : new Frame(left, top, lossySize(pixels.data), alpha, pixels);
        }

        static Frame ofAnimation(Chunk chunk) throws IIOException {
            ByteReader in = ByteReader.littleEndian(ByteBuffer.wrap(chunk.data));
            int left = 2 * in.u24();
            int top = 2 * in.u24();
            in.skip(10);
            byte[] alpha = null;
            while (in.remaining() > 0) {
                Chunk inner = Chunk.next(in);
                switch (inner.type) {
                    case "ALPH" -> alpha = inner.data;
                    case "VP8 ", "VP8L" -> {
                        return of(left, top, alpha, inner);
                    }
                    default -> {} // chunks of the future
                }
            }
            throw new IIOException("is a WebP animation whose first frame is empty; save it again");
        }

        private static Size lossySize(byte[] data) throws IIOException {
            ByteReader in = ByteReader.littleEndian(ByteBuffer.wrap(data));
            boolean keyFrame = (in.u24() & 1) == 0;
            if (!keyFrame || in.u24() != VP8_START_CODE) {
                throw new IIOException("is damaged: its VP8 data has no key frame; save it again");
            }
            return EncodedImage.size(in.u16() & 0x3fff, in.u16() & 0x3fff);
        }

        private static Size losslessSize(byte[] data) throws IIOException {
            ByteReader in = ByteReader.littleEndian(ByteBuffer.wrap(data));
            if (in.u8() != VP8L_SIGNATURE) {
                throw new IIOException("is damaged: its VP8L data has no signature; save it again");
            }
            long bits = in.u32();
            return new Size((int) (bits & 0x3fff) + 1, (int) (bits >> 14 & 0x3fff) + 1);
        }

        /** A lossless bitstream from one that comes without its header, as alpha does. */
        static Chunk lossless(Size size, byte[] headless) {
            ByteBuffer data =
                    ByteBuffer.allocate(5 + headless.length).order(ByteOrder.LITTLE_ENDIAN);
            data.put((byte) VP8L_SIGNATURE);
            data.putInt(size.width() - 1 | size.height() - 1 << 14).put(headless);
            return new Chunk("VP8L", data.array());
        }
    }
}
