package io.step3.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.IIOException;

/**
 * GIF (GIF89a specification). Of an animation the first frame is taken, on its whole logical
 * screen.
 *
 * @param left of the frame on the screen
 * @param top of the frame on the screen
 */
record GifFile(Size size, int left, int top, byte[] pixels) implements EncodedImage {
    private static final int EXTENSION = 0x21;
    private static final int GRAPHIC_CONTROL = 0xf9;
    private static final int IMAGE = 0x2c;
    private static final int TRAILER = 0x3b;

    static GifFile parse(byte[] bytes) throws IIOException {
        ByteReader in = ByteReader.littleEndian(bytes);
        in.skip(6);
        int screenWidth = in.u16();
        int screenHeight = in.u16();
        int flags = in.u8();
        in.skip(2 + paletteSize(flags));
        ByteArrayOutputStream pixels = new ByteArrayOutputStream(bytes.length);
        pixels.write(bytes, 0, in.position());
        while (true) {
            int start = in.position();
            int block = in.u8();
            if (block == EXTENSION) {
                int label = in.u8();
                skipData(in);
                if (label == GRAPHIC_CONTROL) {
                    pixels.write(bytes, start, in.position() - start);
                }
            } else if (block == IMAGE) {
                int left = in.u16();
                int top = in.u16();
                Size frame = EncodedImage.size(in.u16(), in.u16());
                in.skip(paletteSize(in.u8()));
                in.skip(1);
                skipData(in);
                pixels.write(bytes, start, in.position() - start);
                pixels.write(TRAILER);
                // Some files have a frame beyond their screen; as in browsers, the screen grows.
                Size size =
                        new Size(
                                Math.max(screenWidth, left + frame.width()),
                                Math.max(screenHeight, top + frame.height()));
                return new GifFile(size, left, top, pixels.toByteArray());
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
    public Orientation orientation() {
        return Orientation.TOP_LEFT;
    }

    @Override
    public RgbImage decode() throws IOException {
        return new WhiteCanvas(size)
                .paint(LibraryReader.ofJdk("gif").image(pixels), left, top)
                .image();
    }
}
