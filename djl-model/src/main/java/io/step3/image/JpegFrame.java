package io.step3.image;

import javax.imageio.IIOException;

/**
 * A JPEG's frame header (T.81, B.2.2), and what decoding will cost: libjpeg keeps all coefficients
 * of a picture that comes in several scans, and the JDK writes the picture once a scan, however few
 * bytes that has.
 *
 * @param size in pixels
 * @param progressive whether every scan only refines what was there
 * @param componentIds as the file calls its components
 * @param blocks squares of 8 x 8 coefficients of all components together
 */
record JpegFrame(Size size, boolean progressive, byte[] componentIds, long blocks) {
    private static final int BLOCK_BYTES = 64 * 2;

    /** Photographs of 36 megapixels with colours at half the resolution need as much. */
    private static final long MOST_COEFFICIENT_BYTES = 108_000_000;

    /** Encoders write about 10 scans. */
    private static final int MOST_SCANS = 100;

    /** Pixels that all scans together may write. */
    private static final long MOST_PIXELS = 260_000_000;

    static JpegFrame read(ByteReader in, boolean progressive) throws IIOException {
        if (in.u8() != 8) {
            throw new IIOException("is a JPEG file of more than 8 bits; save it as PNG");
        }
        int height = in.u16();
        Size size = EncodedImage.size(in.u16(), height);
        int components = in.u8();
        byte[] ids = new byte[components];
        int[] across = new int[components];
        int[] down = new int[components];
        int mostAcross = 1;
        int mostDown = 1;
        for (int i = 0; i < components; i++) {
            ids[i] = (byte) in.u8();
            int sampling = in.u8();
            across[i] = sampling >> 4;
            down[i] = sampling & 15;
            mostAcross = Math.max(mostAcross, across[i]);
            mostDown = Math.max(mostDown, down[i]);
            in.skip(1);
        }
        long blocks = 0;
        for (int i = 0; i < components; i++) {
            blocks +=
                    Math.ceilDiv((long) size.width(), 8L * mostAcross)
                            * across[i]
                            * Math.ceilDiv((long) size.height(), 8L * mostDown)
                            * down[i];
        }
        return new JpegFrame(size, progressive, ids, blocks);
    }

    /** Refuses what would take too much memory or time. */
    void checkCost(int scans) throws IIOException {
        if (scans > MOST_SCANS) {
            throw new IIOException(
                    "has %d JPEG scans, more than the %d that are allowed; save it as PNG"
                            .formatted(scans, MOST_SCANS));
        }
        if (scans == 1 && !progressive) {
            return;
        }
        if (blocks * BLOCK_BYTES > MOST_COEFFICIENT_BYTES || size.pixels() * scans > MOST_PIXELS) {
            throw new IIOException(
                    "is a JPEG file of %s pixels in %d scans, which takes too much memory; save it without \"progressive\""
                            .formatted(size, scans));
        }
    }
}
