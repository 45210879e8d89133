package io.step3.image;

import java.nio.ByteBuffer;
import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/**
 * One frame of a WebP file.
 *
 * @param left of the frame on the canvas
 * @param top of the frame on the canvas
 * @param size as the bitstream says, which is what will be decoded
 * @param alpha an ALPH chunk's data, null when there is none
 * @param lossless whether the pixels are VP8L and not VP8
 * @param pixels the bitstream
 */
record WebpFrame(
        int left,
        int top,
        Size size,
        @Nullable ByteBuffer alpha,
        boolean lossless,
        ByteBuffer pixels) {
    private static final int VP8_START_CODE = 0x2a019d;
    private static final int VP8L_SIGNATURE = 0x2f;

    /**
     * A frame.
     *
     * @param pixels a "VP8 " or "VP8L" chunk
     */
    static WebpFrame of(int left, int top, @Nullable ByteBuffer alpha, WebpChunk pixels)
            throws IIOException {
        return pixels.type().equals("VP8L")
                ? new WebpFrame(left, top, losslessSize(pixels), null, true, pixels.data())
                : new WebpFrame(left, top, lossySize(pixels), alpha, false, pixels.data());
    }

    /** The frame of an ANMF chunk. */
    static WebpFrame ofAnimation(WebpChunk chunk) throws IIOException {
        ByteReader in = chunk.reader();
        int left = 2 * in.u24();
        int top = 2 * in.u24();
        in.skip(10);
        ByteBuffer alpha = null;
        while (in.remaining() > 0) {
            WebpChunk inner = WebpChunk.next(chunk.data(), in);
            switch (inner.type()) {
                case "ALPH" -> alpha = inner.data();
                case "VP8 ", "VP8L" -> {
                    return of(left, top, alpha, inner);
                }
                default -> {} // chunks of the future
            }
        }
        throw new IIOException("is a WebP animation whose first frame is empty; save it again");
    }

    private static Size lossySize(WebpChunk chunk) throws IIOException {
        ByteReader in = chunk.reader();
        boolean keyFrame = (in.u24() & 1) == 0;
        if (!keyFrame || in.u24() != VP8_START_CODE) {
            throw new IIOException("is damaged: its VP8 data has no key frame; save it again");
        }
        return EncodedImage.size(in.u16() & 0x3fff, in.u16() & 0x3fff);
    }

    private static Size losslessSize(WebpChunk chunk) throws IIOException {
        ByteReader in = chunk.reader();
        if (in.u8() != VP8L_SIGNATURE) {
            throw new IIOException("is damaged: its VP8L data has no signature; save it again");
        }
        long bits = in.u32();
        return new Size((int) (bits & 0x3fff) + 1, (int) (bits >> 14 & 0x3fff) + 1);
    }
}
