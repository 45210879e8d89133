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
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Files that are packed in a jar but must lie in a folder: a native library, which the system loads
 * only from a file, or a checkpoint, which is mapped. They are laid once into a private folder
 * named after their content; other versions never collide, and a file that was damaged there is
 * replaced.
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
     * A folder below {@code cache} that holds the files, each verified.
     *
     * @throws IOException if the folder cannot be written or belongs to somebody else
     */
    public Path extract(Path cache) throws IOException {
        SortedMap<String, String> hashes = new TreeMap<>();
        StringBuilder lines = new StringBuilder();
        contents.forEach(
                (name, content) -> {
                    hashes.put(name, sha256(content));
                    lines.append(hashes.get(name)).append("  ").append(name).append('\n');
                });
        Path own = cache.resolve(sha256(lines.toString().getBytes(StandardCharsets.UTF_8)));
        createPrivately(own);
        for (Map.Entry<String, byte[]> file : contents.entrySet()) {
            lay(own.resolve(file.getKey()), file.getValue(), hashes.get(file.getKey()));
        }
        return own;
    }

    private static void lay(Path file, byte[] content, String hash) throws IOException {
        if (isIntact(file, hash)) {
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
        if (!isIntact(file, hash)) {
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

    private static boolean isIntact(Path file, String hash) throws IOException {
        return Files.isRegularFile(file) && sha256(Files.readAllBytes(file)).equals(hash);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
