package io.step3.ops;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * Files that are packed in a jar but must lie in a folder: a native library, which the system loads
 * only from a file, or a checkpoint, which is mapped. They are laid once into a private folder
 * named after their content, so that versions do not get into each other's way; a file that is not
 * to the letter what is packed is replaced.
 */
public final class PackedFiles {

    private final SortedMap<String, byte[]> contents;

    /** Takes contents by file name; the arrays are the caller's and must not change. */
    public PackedFiles(Map<String, byte[]> contents) {
        this.contents = new TreeMap<>(contents);
    }

    /**
     * The folder of the user's cache for a kind of file: below the system property {@code
     * step3.cache} or the environment variable {@code STEP3_CACHE}, else {@code XDG_CACHE_HOME},
     * else {@code ~/.cache}.
     */
    public static Path cacheFolder(String kind) {
        String own = System.getProperty("step3.cache", System.getenv("STEP3_CACHE"));
        if (own != null && !own.isEmpty()) {
            return Path.of(own, kind);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        // The XDG Base Directory Specification: a path that is not absolute counts as unset.
        Path base =
                xdg != null && Path.of(xdg).isAbsolute()
                        ? Path.of(xdg)
                        : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("step3").resolve(kind);
    }

    /**
     * A folder below {@code cache} that holds the files, each compared with what is packed.
     *
     * @throws IOException if the folder cannot be written or belongs to somebody else
     */
    public Path extract(Path cache) throws IOException {
        Path own = cache.resolve(fingerprint());
        createPrivately(own);
        for (Map.Entry<String, byte[]> file : contents.entrySet()) {
            lay(own.resolve(file.getKey()), file.getValue());
        }
        return own;
    }

    private static void lay(Path file, byte[] content) throws IOException {
        if (isIntact(file, content)) {
            return;
        }
        Path temporary = Files.createTempFile(file.getParent(), "", ".part");
        try {
            Files.write(temporary, content);
            try {
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
        if (!isIntact(file, content)) {
            throw new IOException(file + " is not what was just written to it");
        }
    }

    private static void createPrivately(Path folder) throws IOException {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(folder);
            return;
        }
        var permissions = PosixFilePermissions.fromString("rwx------");
        FileAttribute<?> onlyOwner = PosixFilePermissions.asFileAttribute(permissions);
        Files.createDirectories(folder, onlyOwner);
        // The folder may have been there before, and what lies in it may be executed. Only its
        // owner can do this:
        Files.setPosixFilePermissions(folder, permissions);
    }

    private static boolean isIntact(Path file, byte[] content) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == content.length
                && Arrays.equals(Files.readAllBytes(file), content);
    }

    /**
     * What tells one version from another. It guards against no forgery, and need not: what lies in
     * the folder is compared with the contents. These two checksums run at full speed from the
     * first byte on; a cryptographic digest is slow until it has been compiled, a tenth of a second
     * here.
     */
    private String fingerprint() {
        var first = new CRC32();
        var second = new CRC32C();
        contents.forEach(
                (name, content) -> {
                    byte[] head =
                            (name + '\0' + content.length + '\0').getBytes(StandardCharsets.UTF_8);
                    for (Checksum sum : List.of(first, second)) {
                        sum.update(head);
                        sum.update(content);
                    }
                });
        return "%08x%08x".formatted(first.getValue(), second.getValue());
    }
}
