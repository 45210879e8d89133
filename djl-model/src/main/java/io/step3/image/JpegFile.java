package io.step3.image;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.IIOException;

/** JPEG (ITU-T T.81, T.871 for JFIF), baseline and progressive, 8 bits. */
record JpegFile(Size size, Orientation orientation, JpegColors colors, byte[] pixels)
        implements EncodedImage {
    private static final int SOF0 = 0xc0;
    private static final int SOF2 = 0xc2;
    private static final int SOF15 = 0xcf;
    private static final int DHT = 0xc4;
    private static final int RST0 = 0xd0;
    private static final int RST7 = 0xd7;
    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int DQT = 0xdb;
    private static final int DNL = 0xdc;
    private static final int DRI = 0xdd;
    private static final int APP0 = 0xe0;
    private static final int APP1 = 0xe1;
    private static final int APP14 = 0xee;
    private static final int TEM = 0x01;

    /** Encoders write about 10. Each costs a walk over all pixels, however few bytes it has. */
    private static final int MAX_SCANS = 100;

    /** "Adobe" with transform 0: what follows is not to be converted, we do that ourselves. */
    private static final byte[] RAW_COMPONENTS = {
        (byte) 0xff,
        (byte) SOI,
        (byte) 0xff,
        (byte) APP14,
        0,
        14,
        'A',
        'd',
        'o',
        'b',
        'e',
        0,
        100,
        0,
        0,
        0,
        0,
        0
    };

    static JpegFile parse(byte[] bytes) throws IIOException {
        ByteReader in = ByteReader.bigEndian(bytes);
        in.skip(2);
        ByteArrayOutputStream pixels =
                new ByteArrayOutputStream(bytes.length + RAW_COMPONENTS.length);
        pixels.writeBytes(RAW_COMPONENTS);
        Size size = null;
        byte[] components = {};
        boolean jfif = false;
        int transform = -1;
        Orientation orientation = null;
        int scans = 0;
        for (int marker = nextMarker(in); marker != EOI; marker = nextMarker(in)) {
            if (marker == TEM || marker >= RST0 && marker <= SOI) {
                continue;
            }
            int length = in.u16();
            byte[] data = in.take(length - 2);
            switch (marker) {
                case APP0 -> jfif |= startsWith(data, "JFIF\0");
                case APP1 -> {
                    if (orientation == null && Orientation.isExif(data)) {
                        orientation = Orientation.ofExif(data);
                    }
                }
                case APP14 ->
                        transform =
                                startsWith(data, "Adobe") && data.length >= 12
                                        ? data[11] & 0xff
                                        : transform;
                case SOF0, SOF0 + 1, SOF2 -> {
                    if (size != null) {
                        throw new IIOException("is damaged: it has two JPEG frames; save it again");
                    }
                    ByteReader frame = ByteReader.bigEndian(data);
                    if (frame.u8() != 8) {
                        throw new IIOException(
                                "is a JPEG file of more than 8 bits; save it as PNG");
                    }
                    int height = frame.u16();
                    size = EncodedImage.size(frame.u16(), height);
                    components = componentIds(frame);
                    write(pixels, marker, data);
                }
                case DHT, DQT, DRI -> write(pixels, marker, data);
                case SOS -> {
                    if (++scans > MAX_SCANS) {
                        throw new IIOException(
                                "has more than " + MAX_SCANS + " JPEG scans; save it as PNG");
                    }
                    write(pixels, marker, data);
                    copyScan(bytes, in, pixels);
                }
                case DNL ->
                        throw new IIOException(
                                "is a JPEG file that hides its height; save it as PNG");
                default -> {
                    if (marker > SOF2 && marker <= SOF15) {
                        throw new IIOException(
                                "is a lossless or arithmetic-coded JPEG file; save it as PNG");
                    }
                } // thumbnails, colour profiles, comments: nothing that we show
            }
        }
        if (size == null || scans == 0) {
            throw new IIOException("is a JPEG file without a picture; save it again");
        }
        pixels.write(0xff);
        pixels.write(EOI);
        return new JpegFile(
                size,
                orientation == null ? Orientation.TOP_LEFT : orientation,
                JpegColors.of(components, jfif, transform),
                pixels.toByteArray());
    }

    /** Like libjpeg, passes over rubbish between segments. */
    private static int nextMarker(ByteReader in) throws IIOException {
        int marker = 0;
        while (marker == 0) {
            while (in.u8() != 0xff) {}
            do {
                marker = in.u8();
            } while (marker == 0xff);
        }
        return marker;
    }

    private static byte[] componentIds(ByteReader frame) throws IIOException {
        byte[] ids = new byte[frame.u8()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (byte) frame.u8();
            frame.skip(2);
        }
        return ids;
    }

    private static void write(ByteArrayOutputStream out, int marker, byte[] data) {
        out.write(0xff);
        out.write(marker);
        out.write(data.length + 2 >> 8);
        out.write(data.length + 2);
        out.writeBytes(data);
    }

    /** Copies entropy-coded data up to the next marker that is no restart. */
    private static void copyScan(byte[] bytes, ByteReader in, ByteArrayOutputStream out)
            throws IIOException {
        int start = in.position();
        int end = start;
        while (end + 1 < bytes.length
                && !(bytes[end] == (byte) 0xff && endsScan(bytes[end + 1] & 0xff))) {
            end++;
        }
        in.skip(end - start);
        out.write(bytes, start, end - start);
    }

    private static boolean endsScan(int next) {
        return next != 0 && !(next >= RST0 && next <= RST7);
    }

    private static boolean startsWith(byte[] data, String prefix) {
        return new String(
                        data,
                        0,
                        Math.min(data.length, prefix.length()),
                        StandardCharsets.ISO_8859_1)
                .equals(prefix);
    }

    @Override
    public String format() {
        return "JPEG";
    }

    @Override
    public RgbImage decode() throws IOException {
        Raster raster = LibraryReader.ofJdk("jpeg").raster(pixels);
        int width = size.width();
        int bands = raster.getNumBands();
        if (raster.getWidth() != width
                || raster.getHeight() != size.height()
                || bands != colors.components()) {
            throw new IIOException("the frame is not what its header says");
        }
        byte[] rgb = new byte[Math.toIntExact(3 * size.pixels())];
        byte[] row = new byte[width * bands];
        for (int y = 0; y < size.height(); y++) {
            raster.getDataElements(0, y, width, 1, row);
            colors.toRgb(row, rgb, 3 * y * width);
        }
        return new RgbImage(width, size.height(), rgb);
    }
}
