package io.step3.ops;

import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.Checksum;

/**
 * Files that are packed in a jar but must lie in a folder: a native library, which the system loads
 * only from a file, or a checkpoint, which is mapped. They are laid once into a folder that only
 * this user can write to, named after their content, so that versions do not get into each other's
 * way; a file that is not what is packed is replaced.
 */
public final class PackedFiles {

    private static final String PART = ".part";

    /** What is being written for longer belongs to a start that was killed. */
    private static final Duration LONGEST_WRITE = Duration.ofMinutes(10);

    private final SortedMap<String, PackedContent> contents = new TreeMap<>();

    private PackedFiles() {}

    /** Takes contents by file name; the arrays are the caller's and must not change. */
    public PackedFiles(Map<String, byte[]> contents) {
        contents.forEach((name, bytes) -> this.contents.put(name, new PackedContent.Bytes(bytes)));
    }

    /**
     * Takes resources by file name. Those in a jar are unpacked only where their file is not there
     * yet; otherwise its size and checksum are compared with what the jar says.
     *
     * @throws IOException if one cannot be read
     */
    public static PackedFiles ofResources(Map<String, URL> resources) throws IOException {
        var files = new PackedFiles();
        for (Map.Entry<String, URL> resource : resources.entrySet()) {
            files.contents.put(resource.getKey(), PackedContent.of(resource.getValue()));
        }
        return files;
    }

    /**
     * The folder of the user's cache for a kind of file: below the system property {@code
     * step3.cache} or the environment variable {@code STEP3_CACHE}, else {@code XDG_CACHE_HOME},
     * else {@code ~/.cache}; where there is no home that can be written, below the system's folder
     * for temporary files.
     */
    public static Path cacheFolder(String kind) {
        String own = System.getProperty("step3.cache", System.getenv("STEP3_CACHE"));
        if (own != null && !own.isEmpty()) {
            return Path.of(own, kind);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        // The XDG Base Directory Specification: a path that is not absolute counts as unset.
        if (xdg != null && Path.of(xdg).isAbsolute()) {
            return Path.of(xdg, "step3", kind);
        }
        Path home = Path.of(System.getProperty("user.home"), ".cache", "step3");
        return (canBeWritten(home) ? home : temporary()).resolve(kind);
    }

    /** Whether it is there and can be written to, or could be made. */
    private static boolean canBeWritten(Path folder) {
        Path at = folder;
        while (at != null && !Files.exists(at)) {
            at = at.getParent();
        }
        return folder.isAbsolute() && at != null && Files.isWritable(at);
    }

    /** One for each user: {@link PrivateFolder} refuses it where another was quicker to make it. */
    private static Path temporary() {
        String user =
                PrivateFolder.user()
                        .map(String::valueOf)
                        .orElseGet(() -> System.getProperty("user.name"));
        return Path.of(System.getProperty("java.io.tmpdir"), "step3-" + user);
    }

    /**
     * A folder below {@code cache} that holds the files, each compared with what is packed.
     *
     * @throws IOException in one sentence, if the folder cannot be made or written, or if somebody
     *     else could exchange what lies in it
     */
    public Path extract(Path cache) throws IOException {
        Path own = cache.toAbsolutePath().resolve(fingerprint());
        PrivateFolder.create(own);
        for (Map.Entry<String, PackedContent> file : contents.entrySet()) {
            lay(own.resolve(file.getKey()), file.getValue());
        }
        removeLeftovers(own);
        return own;
    }

    private static void lay(Path file, PackedContent content) throws IOException {
        if (content.isIn(file)) {
            return;
        }
        Path temporary = Files.createTempFile(file.getParent(), "", PART);
        try {
            content.writeTo(temporary);
            try {
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
        if (!content.isIn(file)) {
            throw new IOException(file + " is not what was just written to it");
        }
    }

    private static void removeLeftovers(Path folder) throws IOException {
        FileTime longAgo = FileTime.from(Instant.now().minus(LONGEST_WRITE));
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "*" + PART)) {
            for (Path part : parts) {
                if (Files.getLastModifiedTime(part).compareTo(longAgo) < 0) {
                    Files.deleteIfExists(part);
                }
            }
        }
    }

    private String fingerprint() {
        Checksum[] sums = PackedContent.fingerprints();
        contents.forEach(
                (name, content) -> {
                    byte[] head =
                            (name + '\0' + content.size() + '\0').getBytes(StandardCharsets.UTF_8);
                    for (Checksum sum : sums) {
                        sum.update(head);
                        content.addTo(sum);
                    }
                });
        return "%08x%08x".formatted(sums[0].getValue(), sums[1].getValue());
    }
}
