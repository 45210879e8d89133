package io.step3.image;

import javax.imageio.IIOException;

/**
 * A PNG's IHDR chunk.
 *
 * @param size in pixels
 * @param bits of a sample: 1, 2, 4, 8 or 16
 * @param colorType 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha
 * @param interlaced whether the rows come in Adam7's seven passes
 */
record PngHeader(Size size, int bits, int colorType, boolean interlaced) {
    static final int PALETTE = 3;

    static PngHeader read(ByteReader in) throws IIOException {
        Size size = EncodedImage.size(in.u32(), in.u32());
        int bits = in.u8();
        int colorType = in.u8();
        boolean known =
                switch (colorType) {
                    case 0 -> bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
                    case 3 -> bits == 1 || bits == 2 || bits == 4 || bits == 8;
                    case 2, 4, 6 -> bits == 8 || bits == 16;
                    default -> false;
                };
        int compression = in.u8();
        int filter = in.u8();
        int interlace = in.u8();
        if (!known || compression != 0 || filter != 0 || interlace > 1) {
            throw new IIOException(
                    "is damaged: PNG files have no pixels of type %d and %d bits, method %d, %d, %d; save it again"
                            .formatted(colorType, bits, compression, filter, interlace));
        }
        return new PngHeader(size, bits, colorType, interlace == 1);
    }

    /** Samples of a pixel. */
    int samples() {
        return switch (colorType) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
    }

    /** Bytes of a row of pixels, without its filter. */
    int rowBytes(int pixels) {
        return Math.toIntExact(((long) pixels * samples() * bits + 7) / 8);
    }

    /** How far back the neighbour to the left is, in bytes. */
    int pixelBytes() {
        return Math.max(1, samples() * bits / 8);
    }
}
