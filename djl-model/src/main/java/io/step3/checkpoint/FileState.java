package io.step3.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * What tells whether a file is still what it was.
 *
 * @param key which file it is, whatever its name; null where the system has no such key
 * @param bytes its size
 * @param written when its content was written last
 */
record FileState(Object key, long bytes, FileTime written) {

    static FileState of(Path file) throws IOException {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileState(
                attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
    }

    /**
     * What happened to the file itself since, as the end of a sentence. A file that was deleted or
     * replaced by another of its name lives on where it is mapped, and so did not change.
     */
    Optional<String> change(Path file) {
        FileState now;
        try {
            now = of(file);
        } catch (IOException e) {
            return Optional.empty();
        }
        if (key == null || !key.equals(now.key) || equals(now)) {
            return Optional.empty();
        }
        return Optional.of(
                now.bytes < bytes
                        ? "was cut from %,d to %,d bytes".formatted(bytes, now.bytes)
                        : "was overwritten");
    }
}
