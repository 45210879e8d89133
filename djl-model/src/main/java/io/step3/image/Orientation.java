package io.step3.image;

import java.util.Arrays;
import javax.imageio.IIOException;

/**
 * How a camera was held: the eight values of EXIF's tag 0x0112, in their order, each named by where
 * the first row and the first column of the stored picture are seen (Exif 2.32, 4.6.4).
 */
enum Orientation {
    TOP_LEFT(false, false, false),
    TOP_RIGHT(false, true, false),
    BOTTOM_RIGHT(false, true, true),
    BOTTOM_LEFT(false, false, true),
    LEFT_TOP(true, false, false),
    RIGHT_TOP(true, false, true),
    RIGHT_BOTTOM(true, true, true),
    LEFT_BOTTOM(true, true, false);

    private static final int TAG = 0x0112;
    private static final int SHORT = 3;
    private static final byte[] EXIF_HEADER = {'E', 'x', 'i', 'f', 0, 0};

    private final boolean transposed;
    private final boolean fromRight;
    private final boolean fromBottom;

    Orientation(boolean transposed, boolean fromRight, boolean fromBottom) {
        this.transposed = transposed;
        this.fromRight = fromRight;
        this.fromBottom = fromBottom;
    }

    static boolean isExif(byte[] segment) {
        return startsWith(segment, EXIF_HEADER);
    }

    /**
     * Reads the tag of an EXIF block, with or without its "Exif" header. A block that makes no
     * sense is no reason to refuse a picture: it is taken as it lies.
     */
    static Orientation ofExif(byte[] exif) {
        try {
            int start = isExif(exif) ? EXIF_HEADER.length : 0;
            boolean little = exif.length > start && exif[start] == 'I';
            ByteReader header = new ByteReader(exif, start, exif.length, little);
            header.skip(4);
            long directory = header.u32();
            ByteReader in = new ByteReader(exif, start, exif.length, little);
            in.skip(directory);
            for (int entries = in.u16(); entries > 0; entries--) {
                int tag = in.u16();
                int type = in.u16();
                in.skip(4);
                int value = in.u16();
                in.skip(2);
                if (tag == TAG) {
                    return type == SHORT && value >= 1 && value <= 8
                            ? values()[value - 1]
                            : TOP_LEFT;
                }
            }
            return TOP_LEFT;
        } catch (IIOException truncated) {
            return TOP_LEFT;
        }
    }

    /** The picture as it was seen by who took it. */
    RgbImage upright(RgbImage stored) {
        if (this == TOP_LEFT) {
            return stored;
        }
        int width = transposed ? stored.height() : stored.width();
        int height = transposed ? stored.width() : stored.height();
        byte[] from = stored.rgb();
        byte[] to = new byte[from.length];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int column = transposed ? y : x;
                int row = transposed ? x : y;
                column = fromRight ? stored.width() - 1 - column : column;
                row = fromBottom ? stored.height() - 1 - row : row;
                int p = 3 * (row * stored.width() + column);
                to[at++] = from[p];
                to[at++] = from[p + 1];
                to[at++] = from[p + 2];
            }
        }
        return new RgbImage(width, height, to);
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length
                && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }
}
