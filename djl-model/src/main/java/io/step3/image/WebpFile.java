package io.step3.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import javax.imageio.IIOException;

/**
 * WebP (RFC 9649). Of an animation the first frame is taken, on its whole canvas.
 *
 * @param left of the frame on the canvas
 * @param top of the frame on the canvas
 */
record WebpFile(Size size, Orientation orientation, int left, int top, byte[] pixels)
        implements EncodedImage {

    static WebpFile parse(byte[] bytes) throws IIOException {
        ByteReader file = ByteReader.littleEndian(bytes);
        file.skip(4);
        long length = file.u32();
        file.skip(length);
        ByteReader in = new ByteReader(bytes, 12, (int) length + 8, true);
        Orientation orientation = Orientation.TOP_LEFT;
        Size canvas = null;
        Frame frame = null;
        Chunk alpha = null;
        while (in.remaining() > 0) {
            Chunk chunk = Chunk.next(in);
            switch (chunk.type) {
                case "VP8X" -> {
                    ByteReader header = ByteReader.littleEndian(chunk.data);
                    header.skip(4);
                    canvas = new Size(header.u24() + 1, header.u24() + 1);
                }
                case "ALPH" -> alpha = chunk;
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
        return new WebpFile(size, orientation, frame.left, frame.top, frame.file());
    }

    @Override
    public String format() {
        return "WebP";
    }

    @Override
    public RgbImage decode() throws IOException {
        var frame = LibraryReader.of(new WebPImageReaderSpi()).image(pixels);
        return new WhiteCanvas(size).paint(frame, left, top).image();
    }

    private record Chunk(String type, byte[] data) {

        static Chunk next(ByteReader in) throws IIOException {
            String type = new String(in.take(4), StandardCharsets.ISO_8859_1);
            long length = in.u32();
            byte[] data = in.take(length);
            in.skip(Math.min(length & 1, in.remaining()));
            return new Chunk(type, data);
        }

        void writeTo(ByteArrayOutputStream out) {
            out.writeBytes(type.getBytes(StandardCharsets.ISO_8859_1));
            out.writeBytes(u32(data.length));
            out.writeBytes(data);
            if (data.length % 2 == 1) {
                out.write(0);
            }
        }
    }

    /** One frame; its size is that of the bitstream, which is what will be decoded. */
    private record Frame(int left, int top, Size size, Chunk alpha, Chunk pixels) {
        private static final int VP8_START_CODE = 0x2a019d;
        private static final int VP8L_SIGNATURE = 0x2f;
        private static final byte ALPHA_FLAG = 0x10;

        static Frame of(int left, int top, Chunk alpha, Chunk pixels) throws IIOException {
            boolean lossy = pixels.type.equals("VP8 ");
            return new Frame(
                    left,
                    top,
                    lossy ? lossySize(pixels.data) : losslessSize(pixels.data),
                    lossy ? alpha : null,
                    pixels);
        }

        static Frame ofAnimation(Chunk chunk) throws IIOException {
            ByteReader in = ByteReader.littleEndian(chunk.data);
            int left = 2 * in.u24();
            int top = 2 * in.u24();
            in.skip(10);
            Chunk alpha = null;
            while (in.remaining() > 0) {
                Chunk inner = Chunk.next(in);
                switch (inner.type) {
                    case "ALPH" -> alpha = inner;
                    case "VP8 ", "VP8L" -> {
                        return of(left, top, alpha, inner);
                    }
                    default -> {}
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

        /** A file with this frame as its only picture. */
        byte[] file() {
            ByteArrayOutputStream chunks = new ByteArrayOutputStream(pixels.data.length + 64);
            chunks.writeBytes("WEBP".getBytes(StandardCharsets.ISO_8859_1));
            if (alpha != null) {
                int right = size.width() - 1;
                int bottom = size.height() - 1;
                byte[] header = {
                    ALPHA_FLAG,
                    0,
                    0,
                    0,
                    (byte) right,
                    (byte) (right >> 8),
                    0,
                    (byte) bottom,
                    (byte) (bottom >> 8),
                    0
                };
                new Chunk("VP8X", header).writeTo(chunks);
                alpha.writeTo(chunks);
            }
            pixels.writeTo(chunks);
            ByteArrayOutputStream file = new ByteArrayOutputStream(chunks.size() + 8);
            file.writeBytes("RIFF".getBytes(StandardCharsets.ISO_8859_1));
            file.writeBytes(u32(chunks.size()));
            file.writeBytes(chunks.toByteArray());
            return file.toByteArray();
        }
    }

    private static byte[] u32(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }
}
