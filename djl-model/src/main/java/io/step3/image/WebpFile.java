package io.step3.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import javax.imageio.IIOException;

/**
 * WebP (RFC 9649). Of an animation the first frame is taken, on its whole canvas.
 *
 * @param frame what is decoded
 */
record WebpFile(Size size, Orientation orientation, Frame frame) implements EncodedImage {

    static WebpFile parse(byte[] bytes) throws IIOException {
        ByteReader file = ByteReader.littleEndian(bytes);
        file.skip(4);
        long length = file.u32();
        file.skip(length);
        ByteReader in = new ByteReader(bytes, 12, (int) length + 8, true);
        Orientation orientation = Orientation.TOP_LEFT;
        Size canvas = null;
        Frame frame = null;
        byte[] alpha = null;
        while (in.remaining() > 0) {
            Chunk chunk = Chunk.next(in);
            switch (chunk.type) {
                case "VP8X" -> {
                    ByteReader header = ByteReader.littleEndian(chunk.data);
                    header.skip(4);
                    canvas = new Size(header.u24() + 1, header.u24() + 1);
                }
                case "ALPH" -> alpha = chunk.data;
                case "VP8 ", "VP8L" -> frame = frame == null ? Frame.of(0, 0, alpha, chunk) : frame;
                case "ANMF" -> frame = frame == null ? Frame.ofAnimation(chunk) : frame;
                case "EXIF" -> orientation = Orientation.ofExif(chunk.data);
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
        return new WebpFile(size, orientation, frame);
    }

    @Override
    public String format() {
        return "WebP";
    }

    @Override
    public RgbImage decode() throws IOException {
        WhiteCanvas canvas = new WhiteCanvas(size);
        BufferedImage image = read(frame.pixels);
        if (frame.alpha == null) {
            return canvas.paint(image, frame.left, frame.top).image();
        }
        byte[] alpha = WebpAlpha.decode(frame.alpha, frame.size);
        return canvas.paint(image, alpha, frame.left, frame.top).image();
    }

    /** Decodes a bitstream, as the only chunk of a file. */
    static BufferedImage read(Chunk bitstream) throws IOException {
        int length = bitstream.data.length;
        // The lossless decoder looks ahead; zeros behind the data keep it from the end of the file.
        int padded = length + 64 + length % 2;
        ByteBuffer file = ByteBuffer.allocate(20 + padded).order(ByteOrder.LITTLE_ENDIAN);
        file.put(ascii("RIFF")).putInt(12 + padded).put(ascii("WEBP"));
        file.put(ascii(bitstream.type)).putInt(padded).put(bitstream.data);
        return LibraryReader.of(new WebPImageReaderSpi()).image(file.array());
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
            ByteReader in = ByteReader.littleEndian(chunk.data);
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
            ByteReader in = ByteReader.littleEndian(data);
            boolean keyFrame = (in.u24() & 1) == 0;
            if (!keyFrame || in.u24() != VP8_START_CODE) {
                throw new IIOException("is damaged: its VP8 data has no key frame; save it again");
            }
            return EncodedImage.size(in.u16() & 0x3fff, in.u16() & 0x3fff);
        }

        private static Size losslessSize(byte[] data) throws IIOException {
            ByteReader in = ByteReader.littleEndian(data);
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
