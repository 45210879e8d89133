package io.step3.remote;

import io.step3.json.RegularFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What a server wants to be shown. It is written into a header and nowhere else. */
public final class ApiKey {

    /** The environment variable that holds the key where no file is named. */
    public static final String VARIABLE = "STEP3_API_KEY";

    private static final String HIDDEN = "***";
    private static final int MOST_CHARS = 4096;
    private static final int MOST_FILE_BYTES = 64 << 10;

    private final String text;

    private ApiKey(String text) {
        this.text = text;
    }

    /**
     * A key.
     *
     * @throws IllegalArgumentException if it is empty or has anything but visible ASCII characters,
     *     which no header can carry; the message does not show it
     */
    public static ApiKey of(String text) {
        Objects.requireNonNull(text, "text");
        boolean visible = text.chars().allMatch(c -> c > ' ' && c < 0x7F);
        if (text.isEmpty() || text.length() > MOST_CHARS || !visible) {
            throw new IllegalArgumentException(
                    "the API key must be of 1 to %d visible ASCII characters without blanks"
                            .formatted(MOST_CHARS));
        }
        return new ApiKey(text);
    }

    /**
     * The key in a file of one line.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it holds no key
     */
    public static ApiKey ofFile(Path file) throws IOException {
        List<String> lines =
                new String(RegularFile.read(file, MOST_FILE_BYTES), StandardCharsets.UTF_8)
                        .lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .toList();
        if (lines.size() != 1) {
            throw new IllegalArgumentException("%s must hold the key in one line".formatted(file));
        }
        return of(lines.getFirst());
    }

    /** The key in {@value #VARIABLE}, if that is set. */
    public static Optional<ApiKey> ofEnvironment() {
        return Optional.ofNullable(System.getenv(VARIABLE))
                .filter(text -> !text.isBlank())
                .map(text -> of(text.strip()));
    }

    String header() {
        return "Bearer " + text;
    }

    /** A server's words without the key, which some repeat when they refuse it. */
    String hideIn(String words) {
        return words.replace(text, HIDDEN);
    }

    /** Does not show it. */
    @Override
    public String toString() {
        return HIDDEN;
    }
}
