package io.step3.ops;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The native library as it is packed beside these classes.
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

    /** Where libraries are laid. */
    static Path cacheFolder() {
        return PackedFiles.cacheFolder("native");
    }

    /**
     * The library's file below this folder, whose content has been verified.
     *
     * @throws IOException if the folder cannot be written, or somebody else could exchange what
     *     lies in it
     */
    Path extract(Path folder) throws IOException {
        return new PackedFiles(Map.of(name, content)).extract(folder).resolve(name);
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
