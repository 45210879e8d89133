package io.step3.json;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads files that somebody else put there. Only regular files (or links to them) are opened:
 * opening a named pipe would wait for a writer, and a device may never end.
 */
public final class RegularFile {

    private RegularFile() {}

    /**
     * The whole content of a file.
     *
     * @param limit how many bytes it may have
     * @throws NoSuchFileException if there is none
     * @throws IOException if it is no regular file, too long or cannot be read; the message is a
     *     sentence that names it
     */
    public static byte[] read(Path file, int limit) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "is missing");
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(
                    file + " is no regular file but a folder, pipe or device: put the file there");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(limit + 1);
        } catch (IOException e) {
            throw new IOException("%s cannot be read (%s)".formatted(file, e), e);
        }
        if (bytes.length > limit) {
            throw new IOException(
                    "%s is longer than %,d bytes, too long for what it should hold"
                            .formatted(file, limit));
        }
        return bytes;
    }
}
