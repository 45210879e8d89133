package io.step3.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import javax.imageio.IIOException;

/** JPEG (ITU-T T.81, T.871 for JFIF), baseline and progressive, 8 bits. */
record JpegFile(
        JpegFrame frame, int scans, Orientation orientation, JpegColors colors, Excerpt pixels)
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
    private static final String XMP_HEADER = "http://ns.adobe.com/xap/1.0/\0";

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

    static JpegFile parse(ByteBuffer bytes) throws IIOException {
        ByteReader in = ByteReader.bigEndian(bytes);
        in.skip(2);
        Excerpt pixels = new Excerpt(bytes);
        pixels.addBytes(RAW_COMPONENTS);
        JpegFrame frame = null;
        boolean jfif = false;
        int transform = -1;
        Optional<Orientation> exif = Optional.empty();
        Optional<Orientation> xmp = Optional.empty();
        int scans = 0;
        for (int marker = nextMarker(in); marker != EOI; marker = nextMarker(in)) {
            if (marker == TEM || marker >= RST0 && marker <= SOI) {
                continue;
            }
            int start = in.position() - 2;
            ByteReader data = in.part(in.u16() - 2);
            switch (marker) {
                case APP0 -> jfif |= data.startsWith("JFIF\0");
                case APP1 -> {
                    if (exif.isEmpty() && Orientation.isExif(data)) {
                        exif = Orientation.ofExif(data);
                    } else if (xmp.isEmpty() && data.startsWith(XMP_HEADER)) {
                        xmp = Orientation.ofXmp(data.text(data.remaining()));
                    }
                }
                case APP14 -> {
                    if (data.startsWith("Adobe") && data.remaining() >= 12) {
                        data.skip(11);
                        transform = data.u8();
                    }
                }
                case SOF0, SOF0 + 1, SOF2 -> {
                    if (frame != null) {
                        throw new IIOException("is damaged: it has two JPEG frames; save it again");
                    }
                    frame = JpegFrame.read(data, marker == SOF2);
                    pixels.add(start, in.position());
                }
                case DHT, DQT, DRI -> pixels.add(start, in.position());
                case SOS -> {
                    scans++;
                    skipScan(bytes, in);
                    pixels.add(start, in.position());
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
        if (frame == null || scans == 0) {
            throw new IIOException("is a JPEG file without a picture; save it again");
        }
        frame.checkCost(scans);
        pixels.addBytes((byte) 0xff, (byte) EOI);
        return new JpegFile(
                frame,
                scans,
                Orientation.of(exif, xmp),
                JpegColors.of(frame.componentIds(), jfif, transform),
                pixels);
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

    /** Passes over entropy-coded data up to the next marker that is no restart. */
    private static void skipScan(ByteBuffer bytes, ByteReader in) throws IIOException {
        int start = in.position();
        int end = start;
        while (end + 1 < bytes.limit()
                && !(bytes.get(end) == (byte) 0xff && endsScan(bytes.get(end + 1) & 0xff))) {
            end++;
        }
        in.skip(end - start);
    }

    private static boolean endsScan(int next) {
        return next != 0 && !(next >= RST0 && next <= RST7);
    }

    @Override
    public String format() {
        return "JPEG";
    }

    @Override
    public Size size() {
        return frame.size();
    }

    @Override
    public long maxPixels() {
        return 120_000_000;
    }

    @Override
    public void decode(RowSink sink) throws IOException {
        byte[] rgb = new byte[3 * frame.size().width()];
        LibraryReader.ofJdk("jpeg")
                .rows(
                        pixels,
                        frame.size(),
                        colors.components(),
                        scans,
                        row -> {
                            if (colors.components() == 4) {
                                invert(row); // back to what the file says: the JDK inverts inks
                            }
                            colors.toRgb(row, rgb, 0);
                            sink.row(rgb);
                        });
    }

    private static void invert(byte[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = (byte) ~row[i];
        }
    }
}
