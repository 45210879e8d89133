package io.step3.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The formats of pictures that are read, told by a file's first bytes. */
public enum PictureFormat {
    PNG("image/png", "\211PNG\r\n\032\n"),
    JPEG("image/jpeg", "\377\330\377"),
    GIF("image/gif", "GIF87a", "GIF89a"),
    BMP("image/bmp", "BM"),
    /** A RIFF file, whose length stands between these two words. */
    WEBP("image/webp", "RIFF????WEBP");

    private static final int LONGEST = 12;

    private final String mediaType;
    private final String[] starts;

    PictureFormat(String mediaType, String... starts) {
        this.mediaType = mediaType;
        this.starts = starts;
    }

    /** Such as {@code image/png}. */
    public String mediaType() {
        return mediaType;
    }

    /**
     * The format that a file's first bytes tell; whether the rest keeps to it is for the decoder to
     * find out.
     *
     * @param file from its first byte to its limit; its position plays no part
     */
    public static Optional<PictureFormat> of(ByteBuffer file) {
        byte[] first = new byte[Math.min(LONGEST, file.limit())];
        file.get(0, first);
        String start = new String(first, StandardCharsets.ISO_8859_1);
        return Arrays.stream(values()).filter(format -> format.begins(start)).findFirst();
    }

    private boolean begins(String start) {
        return Arrays.stream(starts).anyMatch(signature -> matches(signature, start));
    }

    private static boolean matches(String signature, String start) {
        if (start.length() < signature.length()) {
            return false;
        }
        for (int i = 0; i < signature.length(); i++) {
            char expected = signature.charAt(i);
            if (expected != '?' && expected != start.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
