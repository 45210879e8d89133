package io.step3.checkpoint;

import io.step3.ops.PackedFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Step3-Tiny, the small checkpoint that ships inside the jar: its files are laid once into the
 * user's cache, because a checkpoint is mapped and a jar cannot be.
 */
public final class BundledCheckpoint {

    /** What the model zoo calls it. */
    public static final String NAME = "step3-tiny";

    private static final String RESOURCES = "/io/step3/models/step3-tiny/";

    /** Names the other files, a line each. */
    private static final String INDEX = "files.txt";

    private BundledCheckpoint() {}

    /** Whether this build has one. */
    public static boolean exists() {
        return BundledCheckpoint.class.getResource(RESOURCES + INDEX) != null;
    }

    /**
     * The folder that holds it.
     *
     * @return empty if this build has none
     * @throws CheckpointException if the cache cannot be written, naming it
     */
    public static Optional<Path> folder() {
        if (!exists()) {
            return Optional.empty();
        }
        Path cache = PackedFiles.cacheFolder("models");
        try {
            Map<String, byte[]> contents = new LinkedHashMap<>();
            String names = new String(read(INDEX), StandardCharsets.UTF_8);
            for (String name : names.lines().filter(line -> !line.isBlank()).toList()) {
                contents.put(name, read(name));
            }
            return Optional.of(new PackedFiles(contents).extract(cache));
        } catch (IOException e) {
            throw new CheckpointException(
                    "%s cannot be laid into %s (%s): make that folder writable, or set STEP3_CACHE to another"
                            .formatted(NAME, cache, e.getMessage()),
                    e);
        }
    }

    private static byte[] read(String name) throws IOException {
        try (InputStream in = BundledCheckpoint.class.getResourceAsStream(RESOURCES + name)) {
            if (in == null) {
                throw new IOException("this build lacks its file " + name);
            }
            return in.readAllBytes();
        }
    }
}
