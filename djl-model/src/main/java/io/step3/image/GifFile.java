package io.step3.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.IIOException;

/**
 * GIF (GIF89a specification). Of an animation the first frame is taken, on its whole logical
 * screen.
 *
 * @param frame size of the frame, which lies on the screen
 * @param left of the frame on the screen
 * @param top of the frame on the screen
 */
record GifFile(Size size, Size frame, int left, int top, Excerpt pixels) implements EncodedImage {
    private static final int EXTENSION = 0x21;
    private static final int GRAPHIC_CONTROL = 0xf9;
    private static final int IMAGE = 0x2c;
    private static final byte TRAILER = 0x3b;

    static GifFile parse(ByteBuffer bytes) throws IIOException {
        ByteReader in = ByteReader.littleEndian(bytes);
        in.skip(6);
        int screenWidth = in.u16();
        int screenHeight = in.u16();
        int flags = in.u8();
        in.skip(2 + paletteSize(flags));
        Excerpt pixels = new Excerpt(bytes);
        pixels.add(0, in.position());
        while (true) {
            int start = in.position();
            int block = in.u8();
            if (block == EXTENSION) {
                int label = in.u8();
                skipData(in);
                if (label == GRAPHIC_CONTROL) {
                    pixels.add(start, in.position());
                }
            } else if (block == IMAGE) {
                int left = in.u16();
                int top = in.u16();
                Size frame = EncodedImage.size(in.u16(), in.u16());
                in.skip(paletteSize(in.u8()));
                in.skip(1);
                skipData(in);
                pixels.add(start, in.position());
                pixels.addBytes(TRAILER);
                // Some files have a frame beyond their screen; as in browsers, the screen grows.
                Size size =
                        new Size(
                                Math.max(screenWidth, left + frame.width()),
                                Math.max(screenHeight, top + frame.height()));
                return new GifFile(size, frame, left, top, pixels);
            } else {
                throw new IIOException("is a GIF file without a picture; save it again");
            }
        }
    }

    private static int paletteSize(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }

    private static void skipData(ByteReader in) throws IIOException {
        for (int length = in.u8(); length > 0; length = in.u8()) {
            in.skip(length);
        }
    }

    @Override
    public String format() {
        return "GIF";
    }

    @Override
    public long maxPixels() {
        return 40_000_000;
    }

    @Override
    public Orientation orientation() {
        return Orientation.TOP_LEFT;
    }

    @Override
    public void decode(RowSink sink) throws IOException {
        BufferedImage image = LibraryReader.ofJdk("gif").image(pixels);
        if (image.getWidth() != frame.width()
                || image.getHeight() != frame.height()
                || !(image.getColorModel() instanceof IndexColorModel palette)) {
            throw new IIOException("the frame is not what its header says");
        }
        int[] argb = new int[palette.getMapSize()];
        palette.getRGBs(argb);
        Raster raster = image.getRaster();
        int[] row = new int[frame.width()];
        CanvasRows rows = new CanvasRows(size, left, top, sink);
        for (int y = 0; y < frame.height(); y++) {
            raster.getSamples(0, y, row.length, 1, 0, row);
            for (int x = 0; x < row.length; x++) {
                row[x] = argb[row[x]];
            }
            rows.row(row, row.length);
        }
        rows.end();
    }
}
