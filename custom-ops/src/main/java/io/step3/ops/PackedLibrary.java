package io.step3.ops;

import java.io.IOException;
import java.io.InputStream;
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
import java.util.Locale;
import java.util.Optional;

/**
 * The native library as it is packed beside these classes. The system can only load files, so it is
 * laid once into a private folder named after its content; other versions never collide, and a file
 * that was damaged there is replaced.
 *
 * @param name of the file
 * @param content of the file
 */
record PackedLibrary(String name, byte[] content) {

    /** The library for this operating system and architecture, if this build has one. */
    static Optional<PackedLibrary> find() throws IOException {
        String name = System.mapLibraryName("step3_cpu");
        String resource = "native/%s-%s/%s".formatted(os(), architecture(), name);
        try (InputStream in = PackedLibrary.class.getResourceAsStream(resource)) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(new PackedLibrary(name, in.readAllBytes()));
        }
    }

    /** Where libraries are laid: below STEP3_CACHE, else XDG_CACHE_HOME, else ~/.cache. */
    static Path cacheFolder() {
        String own = System.getProperty("step3.cache", System.getenv("STEP3_CACHE"));
        if (own != null && !own.isEmpty()) {
            return Path.of(own, "native");
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        // The XDG Base Directory Specification: a path that is not absolute counts as unset.
        Path base =
                xdg != null && Path.of(xdg).isAbsolute()
                        ? Path.of(xdg)
                        : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("step3").resolve("native");
    }

    /**
     * The library's file below this folder, whose content has been verified.
     *
     * @throws IOException if the folder cannot be written or belongs to somebody else
     */
    Path extract(Path folder) throws IOException {
        String hash = sha256(content);
        Path own = folder.resolve(hash);
        Path file = own.resolve(name);
        createPrivately(own);
        if (isIntact(file, hash)) {
            return file;
        }
        Path temporary = Files.createTempFile(own, name, ".part");
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
        return file;
    }

    private static void createPrivately(Path folder) throws IOException {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(folder);
            return;
        }
        var permissions = PosixFilePermissions.fromString("rwx------");
        FileAttribute<?> onlyOwner = PosixFilePermissions.asFileAttribute(permissions);
        Files.createDirectories(folder, onlyOwner);
        // The folder may have been there before, and what lies in it is going to be executed. Only
        // its owner can do this:
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

    private static String os() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (name.startsWith("mac")) {
            return "macos";
        }
        return name.startsWith("windows") ? "windows" : name;
    }

    private static String architecture() {
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "x86_64";
            case "arm64", "aarch64" -> "aarch64";
            case String other -> other;
        };
    }
}
