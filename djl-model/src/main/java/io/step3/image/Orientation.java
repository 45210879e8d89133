package io.step3.image;

import java.util.Optional;
import javax.imageio.IIOException;

/**
 * How a camera was held: the eight values of EXIF's tag 0x0112, in their order, each named by where
 * the first row and the first column of the stored picture are seen (Exif 2.32, 4.6.4). A block
 * that makes no sense is no reason to refuse a picture: it is taken as it lies.
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
    private static final String EXIF_HEADER = "Exif\0\0";
    private static final String XMP_NAME = "tiff:Orientation";

    private final boolean transposed;
    private final boolean fromRight;
    private final boolean fromBottom;

    Orientation(boolean transposed, boolean fromRight, boolean fromBottom) {
        this.transposed = transposed;
        this.fromRight = fromRight;
        this.fromBottom = fromBottom;
    }

    /** Whether the picture lies on its side: stored rows are the upright picture's columns. */
    boolean transposed() {
        return transposed;
    }

    /** Whether stored rows run against the upright picture. */
    boolean fromRight() {
        return fromRight;
    }

    /** Whether stored columns run against the upright picture. */
    boolean fromBottom() {
        return fromBottom;
    }

    /** The size of the upright picture. */
    Size upright(Size stored) {
        return transposed ? new Size(stored.height(), stored.width()) : stored;
    }

    /** What EXIF says, or else XMP, which is asked only where EXIF has no such tag. */
    static Orientation of(Optional<Orientation> exif, Optional<Orientation> xmp) {
        return exif.or(() -> xmp).orElse(TOP_LEFT);
    }

    static boolean isExif(ByteReader segment) {
        return segment.startsWith(EXIF_HEADER);
    }

    /**
     * Reads the tag in the first directory of an EXIF block, with or without its "Exif" header;
     * empty where there is none.
     */
    static Optional<Orientation> ofExif(ByteReader block) {
        Optional<Orientation> found = Optional.empty();
        try {
            if (isExif(block)) {
                block.skip(EXIF_HEADER.length());
            }
            boolean little = block.startsWith("I");
            ByteReader header = block.order(little);
            ByteReader in = block.order(little);
            header.skip(4);
            in.skip(header.u32());
            for (int entries = in.u16(); entries > 0; entries--) {
                int tag = in.u16();
                int type = in.u16();
                long count = in.u32();
                ByteReader field = in.part(4);
                if (tag == TAG) {
                    found = Optional.of(count == 1 ? ofValue(number(type, field)) : TOP_LEFT);
                }
            }
        } catch (IIOException truncated) {
            return found;
        }
        return found;
    }

    /** Cameras write a SHORT, some programs a BYTE or a LONG. */
    private static long number(int type, ByteReader field) throws IIOException {
        return switch (type) {
            case 1, 6 -> field.u8();
            case 3, 8 -> field.u16();
            case 4, 9 -> field.u32();
            default -> 0;
        };
    }

    /** Reads an XMP packet, as an attribute or as an element; empty where there is none. */
    static Optional<Orientation> ofXmp(String packet) {
        int at = packet.indexOf(XMP_NAME) + XMP_NAME.length();
        while (at >= XMP_NAME.length()) {
            int value =
                    packet.startsWith("=\"", at) ? at + 2 : packet.startsWith(">", at) ? at + 1 : 0;
            if (value > 0
                    && value < packet.length()
                    && Character.digit(packet.charAt(value), 10) >= 0) {
                return Optional.of(ofValue(packet.charAt(value) - '0'));
            }
            at = packet.indexOf(XMP_NAME, at) + XMP_NAME.length();
        }
        return Optional.empty();
    }

    private static Orientation ofValue(long value) {
        return value >= 1 && value <= 8 ? values()[(int) value - 1] : TOP_LEFT;
    }
}
