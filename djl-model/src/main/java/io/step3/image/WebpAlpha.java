package io.step3.image;

import io.step3.image.webp.Vp8lPicture;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.IIOException;

/** The alpha plane of a lossy WebP (RFC 9649, 2.7.1.2): raw or lossless bytes, maybe predicted. */
final class WebpAlpha {
    private static final int HORIZONTAL = 1;
    private static final int VERTICAL = 2;
    private static final int GRADIENT = 3;

    private WebpAlpha() {}

    /**
     * Decodes the data of an ALPH chunk.
     *
     * @return [height, width], unsigned bytes
     */
    static byte[] decode(ByteBuffer chunk, Size size) throws IOException {
        ByteReader in = ByteReader.littleEndian(chunk);
        int header = in.u8();
        byte[] plane =
                switch (header & 3) {
                    case 0 -> in.take(size.pixels());
                    case 1 -> lossless(chunk.slice(1, chunk.limit() - 1), size);
                    default -> throw new IIOException("unknown compression of alpha");
                };
        undo(header >> 2 & 3, plane, size.width());
        return plane;
    }

    /** Alpha is kept as the green of a picture. */
    private static byte[] lossless(ByteBuffer data, Size size) throws IOException {
        byte[] plane = new byte[Math.toIntExact(size.pixels())];
        int[] done = new int[1];
        Vp8lPicture.decode(
                data,
                size.width(),
                size.height(),
                argb -> {
                    for (int x = 0; x < size.width(); x++) {
                        plane[done[0]++] = (byte) (argb[x] >> 8);
                    }
                });
        return plane;
    }

    /** Adds to each value what its neighbours predict. */
    private static void undo(int filter, byte[] plane, int width) {
        if (filter == 0) {
            return;
        }
        for (int i = 1; i < plane.length; i++) {
            boolean firstRow = i < width;
            boolean firstColumn = i % width == 0;
            int left = firstColumn ? 0 : plane[i - 1] & 0xff;
            int above = firstRow ? 0 : plane[i - width] & 0xff;
            int corner = firstRow || firstColumn ? 0 : plane[i - width - 1] & 0xff;
            int predicted =
                    switch (filter) {
                        case HORIZONTAL -> firstColumn ? above : left;
                        case VERTICAL -> firstRow ? left : above;
                        case GRADIENT -> Math.clamp(left + above - corner, 0, 255);
                        default -> throw new AssertionError("two bits");
                    };
            plane[i] += (byte) predicted;
        }
    }
}
