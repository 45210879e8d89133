package io.step3.image.webp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.IIOException;

/** A lossless picture, read row by row. */
public final class Vp8lPicture {
    private static final int SIGNATURE = 0x2f;
    private static final int OPAQUE = 0xff000000;

    private Vp8lPicture() {}

    /**
     * Decodes a picture.
     *
     * @param data the content of a "VP8L" chunk, from index 0 to its limit
     * @param sink takes all rows, of the size that the data begins with
     * @throws IOException if the data is damaged or ends too early
     */
    public static void decode(ByteBuffer data, PixelRows sink) throws IOException {
        BitReader in = new BitReader(data);
        if (in.number(8) != SIGNATURE) {
            throw new IIOException("there is no VP8L signature");
        }
        int width = in.number(14) + 1;
        int height = in.number(14) + 1;
        boolean translucent = in.flag();
        if (in.number(3) != 0) {
            throw new IIOException("the version of VP8L is not known");
        }
        decode(
                in,
                width,
                height,
                argb -> {
                    for (int x = 0; !translucent && x < width; x++) {
                        argb[x] |= OPAQUE;
                    }
                    sink.row(argb);
                });
    }

    /** Decodes a picture whose size is known and not in the data, as alpha is kept. */
    public static void decode(ByteBuffer data, int width, int height, PixelRows sink)
            throws IOException {
        decode(new BitReader(data), width, height, sink);
    }

    private static void decode(BitReader in, int width, int height, PixelRows sink)
            throws IOException {
        Deque<Vp8lTransform> transforms = new ArrayDeque<>();
        Set<Integer> seen = new HashSet<>();
        int packed = width;
        while (in.flag()) {
            int type = in.number(2);
            if (!seen.add(type)) {
                throw new IIOException("a transform comes twice");
            }
            Vp8lTransform transform =
                    switch (type) {
                        case 0 -> new Vp8lPredictor(in, packed, height);
                        case 1 -> new Vp8lTransform.Color(in, packed, height);
                        case 2 -> new Vp8lTransform.Green();
                        default -> new Vp8lTransform.Palette(in, packed);
                    };
            if (transform instanceof Vp8lTransform.Palette palette) {
                packed = palette.packedWidth();
            }
            transforms.push(transform);
        }
        var pixels = Vp8lPixels.main(in, packed, height);
        int[] coded = new int[packed];
        for (int y = 0; y < height; y++) {
            pixels.next(coded);
            int[] row = coded;
            for (Vp8lTransform transform : transforms) { // the last one first
                row = transform.undo(row);
            }
            sink.row(row);
        }
    }
}
