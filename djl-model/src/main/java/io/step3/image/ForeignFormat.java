package io.step3.image;

import java.util.List;
import javax.imageio.IIOException;

/** Formats that we do not read but know by name, so that a refusal says what the file is. */
final class ForeignFormat {
    private static final List<String> HEIC =
            List.of("heic", "heix", "hevc", "heim", "mif1", "msf1");

    private ForeignFormat() {}

    /** Why a file of no format that we read is refused. */
    static IIOException refused(ByteReader start) throws IIOException {
        String name = name(start);
        return new IIOException(
                "is %sno PNG, JPEG, GIF, BMP or WebP file; save it as one of these"
                        .formatted(
                                name.isEmpty() ? "" : "a file of the format " + name + ", and "));
    }

    private static String name(ByteReader start) throws IIOException {
        if (start.startsWith("II*\0") || start.startsWith("MM\0*") || start.startsWith("II+\0")) {
            return "TIFF";
        }
        if (start.startsWith("\0\0\1\0")) {
            return "ICO";
        }
        if (start.startsWith("8BPS")) {
            return "PSD";
        }
        if (start.startsWith("\377\12") || start.startsWith("\0\0\0\14JXL ")) {
            return "JPEG XL";
        }
        if (start.startsWith("\0\0\0\14jP  ") || start.startsWith("\377O\377Q")) {
            return "JPEG 2000";
        }
        if (start.remaining() < 12) {
            return "";
        }
        String box = start.text(12).substring(4);
        if (!box.startsWith("ftyp")) {
            return "";
        }
        String brand = box.substring(4);
        return brand.startsWith("avi") ? "AVIF" : HEIC.contains(brand) ? "HEIC" : "";
    }
}
