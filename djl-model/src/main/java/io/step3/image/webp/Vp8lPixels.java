package io.step3.image.webp;

import java.io.IOException;
import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/**
 * An entropy-coded picture (RFC 9649, 3.6 and 3.7): the one itself before its transforms are
 * undone, or one of the small ones that describe it. Only as many pixels are held as a copy may
 * reach back.
 */
final class Vp8lPixels {
    private static final int LITERALS = 256;
    private static final int LENGTHS = 24;
    private static final int DISTANCES = 40;

    /** No copy reaches further back. */
    private static final int FURTHEST = 1 << 20;

    /** Codes of one group: green with lengths and cache, red, blue, alpha, distances. */
    private static final int CODES = 5;

    /** Words that all codes together may take: honest pictures need some ten thousand. */
    private static final int MOST_WORDS = 6_000_000;

    private static final int CACHE_MULTIPLIER = 0x1e35a7bd;

    /**
     * Near pixels by their code: x from 8 to the left to 7 to the right, and above it y rows up.
     */
    private static final int[] NEAR = {
        0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37,
        0x39, 0x15, 0x1b, 0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b,
        0x46, 0x4a, 0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56,
        0x5a, 0x23, 0x2d, 0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e,
        0x66, 0x6a, 0x22, 0x2e, 0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77,
        0x79, 0x53, 0x5d, 0x11, 0x1f, 0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b,
        0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e, 0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e,
        0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72, 0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70
    };

    private final BitReader in;
    private final int width;
    private final int height;

    /** Which group of codes a square of pixels uses, null where there is one group. */
    private final int @Nullable [] groupOf;

    private final int groupBits;
    private final PrefixCode[] codes;
    private final int[] cache;
    private final int cacheBits;

    /** The last pixels, each at its index modulo the length, which is a power of two. */
    private final int[] recent;

    /** Pixels so far, and how many of the next ones are copied from how far back. */
    private long made;

    private int copies;
    private int distance;

    private Vp8lPixels(BitReader in, int width, int height, boolean main) throws IOException {
        this.in = in;
        this.width = width;
        this.height = height;
        boolean cached = in.flag();
        cacheBits = cached ? in.number(4) : 0;
        if (cached && (cacheBits < 1 || cacheBits > 11)) {
            throw new IIOException("the colour cache has no usable size");
        }
        cache = new int[cacheBits == 0 ? 0 : 1 << cacheBits];
        int groups = 1;
        if (main && in.flag()) {
            groupBits = 2 + in.number(3);
            groupOf = read(in, squares(width, groupBits), squares(height, groupBits));
            for (int i = 0; i < groupOf.length; i++) {
                groupOf[i] = groupOf[i] >> 8 & 0xffff;
                groups = Math.max(groups, groupOf[i] + 1);
            }
        } else {
            groupBits = 0;
            groupOf = null;
        }
        codes = new PrefixCode[CODES * groups];
        int words = 0;
        for (int i = 0; i < codes.length; i++) {
            int alphabet =
                    switch (i % CODES) {
                        case 0 -> LITERALS + LENGTHS + cache.length;
                        case 4 -> DISTANCES;
                        default -> LITERALS;
                    };
            codes[i] = PrefixCode.of(in, alphabet);
            words += codes[i].words();
            if (words > MOST_WORDS) {
                throw new IIOException("its prefix codes take too much memory");
            }
        }
        int all = Math.toIntExact(Math.min((long) width * height, FURTHEST));
        recent = new int[Integer.highestOneBit(Math.max(1, 2 * all - 1))];
    }

    /** The picture itself. */
    static Vp8lPixels main(BitReader in, int width, int height) throws IOException {
        return new Vp8lPixels(in, width, height, true);
    }

    /** A whole small picture, [height, width]. */
    static int[] read(BitReader in, int width, int height) throws IOException {
        var pixels = new Vp8lPixels(in, width, height, false);
        int[] all = new int[Math.multiplyExact(width, height)];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            pixels.next(row);
            System.arraycopy(row, 0, all, y * width, width);
        }
        return all;
    }

    /** Squares along a side. */
    static int squares(int side, int bits) {
        return side + (1 << bits) - 1 >> bits;
    }

    /** Reads the next row. */
    void next(int[] row) throws IOException {
        int y = (int) (made / width);
        int mask = recent.length - 1;
        int group = 0;
        for (int x = 0; x < width; x++) {
            if (groupOf != null && (x & (1 << groupBits) - 1) == 0) {
                group =
                        CODES
                                * groupOf[
                                        (y >> groupBits) * squares(width, groupBits)
                                                + (x >> groupBits)];
            }
            int pixel;
            if (copies > 0) {
                copies--;
                pixel = recent[(int) (made - distance) & mask];
            } else {
                int symbol = codes[group].read(in);
                if (symbol < LITERALS) {
                    int red = codes[group + 1].read(in);
                    int blue = codes[group + 2].read(in);
                    int alpha = codes[group + 3].read(in);
                    pixel = alpha << 24 | red << 16 | symbol << 8 | blue;
                } else if (symbol < LITERALS + LENGTHS) {
                    startCopy(symbol - LITERALS, group);
                    copies--;
                    pixel = recent[(int) (made - distance) & mask];
                } else {
                    pixel = cache[symbol - LITERALS - LENGTHS];
                }
            }
            recent[(int) made++ & mask] = pixel;
            if (cacheBits > 0) {
                cache[pixel * CACHE_MULTIPLIER >>> 32 - cacheBits] = pixel;
            }
            row[x] = pixel;
        }
        in.check();
    }

    private void startCopy(int lengthCode, int group) throws IOException {
        copies = extended(lengthCode);
        int code = extended(codes[group + 4].read(in));
        if (code > NEAR.length) {
            distance = code - NEAR.length;
        } else {
            int near = NEAR[code - 1];
            distance = Math.max(1, (near >> 4) * width + 8 - (near & 15));
        }
        if (distance > made || copies > (long) width * height - made) {
            throw new IIOException("a copy leaves the picture");
        }
    }

    /** A length or a distance, from 1 on. */
    private int extended(int code) {
        if (code < 4) {
            return code + 1;
        }
        int bits = code - 2 >> 1;
        return (2 + (code & 1) << bits) + in.number(bits) + 1;
    }
}
