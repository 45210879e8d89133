package io.step3.cli;

import io.step3.remote.ApiKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/**
 * What a server is shown that wants a key. It is never an argument itself: everybody on a machine
 * can read those of a running program.
 */
final class KeyOption {

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description =
                    "A file with the key for the server that --model names; without it the one in"
                            + " STEP3_API_KEY, if that is set.")
    private Path file;

    /** For picocli. */
    KeyOption() {}

    Optional<ApiKey> read() throws IOException {
        return file == null ? ApiKey.ofEnvironment() : Optional.of(ApiKey.ofFile(file));
    }

    /** For a model that wants none. */
    void refuse() {
        if (file != null) {
            throw new IllegalArgumentException(
                    "--api-key-file is for a model on a server: name one with --model"
                            + " openai://HOST:PORT, or leave the key out");
        }
    }
}
