package io.step3.chat;

import io.step3.image.ImageLimits;
import io.step3.image.PictureFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The undecoded bytes of a picture (PNG, JPEG, ...), and a name to call it by in error messages.
 *
 * <p>Immutable: bytes are copied on the way in and out. Nothing is ever fetched over a network; a
 * caller who wants the picture behind an http URL downloads it himself.
 */
public final class ImageSource {

    /** The largest picture file that is accepted, in bytes. */
    public static final int MAX_BYTES = ImageLimits.MAX_FILE_BYTES;

    private final byte[] bytes;
    private final String name;

    /** Computed when first asked for. */
    private volatile @Nullable Long fingerprint;

    private ImageSource(byte[] ownedBytes, String name) {
        if (ownedBytes.length == 0) {
            throw new IllegalArgumentException("The picture " + name + " is empty.");
        }
        if (ownedBytes.length > MAX_BYTES) {
            throw tooLarge(name, ownedBytes.length);
        }
        this.bytes = ownedBytes;
        this.name = name;
    }

    /**
     * Copies bytes.
     *
     * @param name what error messages call the picture, for instance its file name
     * @throws IllegalArgumentException if there are no bytes or more than {@link #MAX_BYTES}
     */
    public static ImageSource of(byte[] bytes, String name) {
        return new ImageSource(bytes.clone(), Objects.requireNonNull(name, "name"));
    }

    /**
     * Reads a whole file now, so that a later change of the file changes nothing here.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it is empty, larger than {@link #MAX_BYTES}, or no
     *     regular file
     */
    public static ImageSource of(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IllegalArgumentException("The picture " + file + " is not a file.");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw tooLarge(file.toString(), Files.size(file));
            }
            return new ImageSource(bytes, file.toString());
        }
    }

    /**
     * Decodes a {@code data:} URL with base64 content (RFC 2397), such as {@code
     * data:image/png;base64,iVBO...}. The media type is not believed: what the bytes are is for the
     * decoder to find out. Base64 is read as browsers read it: white space, also percent-encoded,
     * is skipped, and padding may be missing; the URL-safe alphabet is taken as well.
     *
     * @throws IllegalArgumentException if it is any other URL, or not base64
     */
    public static ImageSource ofDataUrl(String url, String name) {
        Objects.requireNonNull(name, "name");
        if (!url.regionMatches(true, 0, "data:", 0, 5)) {
            throw new IllegalArgumentException(
                    "The URL of picture "
                            + name
                            + " is no data: URL; pictures are never fetched, send their bytes.");
        }
        int comma = url.indexOf(',');
        if (comma < 0 || !url.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(";base64")) {
            throw new IllegalArgumentException(
                    "The data: URL of picture "
                            + name
                            + " must have the form data:TYPE;base64,....");
        }
        if ((url.length() - comma) / 2 > MAX_BYTES) { // even with white space and escapes
            throw tooLarge(name, url.length() / 2);
        }
        String base64 = Base64Text.of(url.substring(comma + 1));
        try {
            return new ImageSource(Base64.getDecoder().decode(base64), name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The data: URL of picture %s is not valid base64: send the file's bytes encoded whole."
                            .formatted(name),
                    e);
        }
    }

    /** What error messages call the picture. */
    public String name() {
        return name;
    }

    /** A number that is the same for the same bytes, and in practice for no others. */
    public long fingerprint() {
        if (fingerprint == null) {
            fingerprint = digest();
        }
        return fingerprint;
    }

    private long digest() {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return ByteBuffer.wrap(sha256.digest(bytes)).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** The size of the undecoded picture in bytes. */
    public int size() {
        return bytes.length;
    }

    /** A copy of the undecoded bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The undecoded bytes, without a copy; nobody can write to them. */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** The bytes as a {@code data:} URL, with the media type that their first bytes tell. */
    public String toDataUrl() {
        return "data:" + mediaType() + ";base64," + Base64.getEncoder().encodeToString(bytes);
    }

    private String mediaType() {
        return PictureFormat.of(buffer())
                .map(PictureFormat::mediaType)
                .orElse("application/octet-stream");
    }

    private static IllegalArgumentException tooLarge(String name, long size) {
        return new IllegalArgumentException(
                "The picture "
                        + name
                        + " has "
                        + size
                        + " bytes; at most "
                        + MAX_BYTES
                        + " are taken.");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ImageSource that
                && name.equals(that.name)
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return name + " (" + bytes.length + " bytes)";
    }
}
