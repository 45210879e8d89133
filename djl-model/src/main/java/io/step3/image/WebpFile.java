package io.step3.image;

import io.step3.image.webp.PixelRows;
import io.step3.image.webp.Vp8Picture;
import io.step3.image.webp.Vp8lPicture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import javax.imageio.IIOException;

/**
 * WebP (RFC 9649). Of an animation the first frame is taken, on its whole canvas.
 *
 * @param frame what is decoded
 */
record WebpFile(Size size, Orientation orientation, WebpFrame frame) implements EncodedImage {
    private static final long MOST_XMP = 1 << 20;

    static WebpFile parse(ByteBuffer bytes) throws IIOException {
        ByteReader file = ByteReader.littleEndian(bytes);
        file.skip(4);
        ByteReader in = file.part(file.u32());
        in.skip(4);
        Optional<Orientation> exif = Optional.empty();
        Optional<Orientation> xmp = Optional.empty();
        Size canvas = null;
        WebpFrame frame = null;
        ByteBuffer alpha = null;
        while (in.remaining() > 0) {
            WebpChunk chunk = WebpChunk.next(bytes, in);
            switch (chunk.type()) {
                case "VP8X" -> {
                    ByteReader header = chunk.reader();
                    header.skip(4);
                    canvas = new Size(header.u24() + 1, header.u24() + 1);
                }
                case "ALPH" -> alpha = chunk.data();
                case "VP8 ", "VP8L" ->
                        frame = frame == null ? WebpFrame.of(0, 0, alpha, chunk) : frame;
                case "ANMF" -> frame = frame == null ? WebpFrame.ofAnimation(chunk) : frame;
                case "EXIF" -> exif = Orientation.ofExif(chunk.reader());
                case "XMP " -> {
                    ByteReader packet = chunk.reader();
                    xmp = Orientation.ofXmp(packet.text(Math.min(packet.remaining(), MOST_XMP)));
                }
                default -> {} // colour profile, animation settings: nothing that we show
            }
        }
        if (frame == null) {
            throw new IIOException("is a WebP file without a picture; save it again");
        }
        Size size = canvas == null ? frame.size() : canvas;
        if (frame.left() + frame.size().width() > size.width()
                || frame.top() + frame.size().height() > size.height()) {
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
        return 40_000_000;
    }

    @Override
    public void decode(RowSink sink) throws IOException {
        CanvasRows rows = new CanvasRows(size, frame.left(), frame.top(), sink);
        int width = frame.size().width();
        PixelRows pixels = argb -> rows.row(argb, width);
        if (frame.lossless()) {
            Vp8lPicture.decode(frame.pixels(), pixels);
        } else if (frame.alpha() == null) {
            Vp8Picture.decode(frame.pixels(), pixels);
        } else {
            byte[] alpha = WebpAlpha.decode(frame.alpha(), frame.size());
            int[] done = new int[1];
            Vp8Picture.decode(
                    frame.pixels(),
                    argb -> {
                        for (int x = 0; x < width; x++) {
                            argb[x] = argb[x] & 0xffffff | alpha[done[0]++] << 24;
                        }
                        rows.row(argb, width);
                    });
        }
        rows.end();
    }
}
