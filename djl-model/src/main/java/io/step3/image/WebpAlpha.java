package io.step3.image;

import java.io.IOException;
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
    static byte[] decode(byte[] chunk, Size size) throws IOException {
        ByteReader in = ByteReader.littleEndian(java.nio.ByteBuffer.wrap(chunk));
        int header = in.u8();
        byte[] plane =
                switch (header & 3) {
                    case 0 -> in.take(size.pixels());
                    case 1 -> lossless(in.take(in.remaining()), size);
                    default -> throw new IIOException("unknown compression of alpha");
                };
        undo(header >> 2 & 3, plane, size.width());
        return plane;
    }

    private static byte[] lossless(byte[] bitstream, Size size) throws IOException {
        var image = WebpFile.read(WebpFile.Frame.lossless(size, bitstream));
        byte[] green = new byte[Math.toIntExact(size.pixels())];
        for (int i = 0; i < green.length; i++) {
            green[i] = (byte) (image.getRGB(i % size.width(), i / size.width()) >> 8);
        }
        return green;
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
