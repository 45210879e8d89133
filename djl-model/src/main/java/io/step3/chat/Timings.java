package io.step3.chat;

import java.time.Duration;
import java.util.Objects;

/**
 * How fast an answer came.
 *
 * @param timeToFirstToken from the request to the first token, prefill included
 * @param tokensPerSecond speed of decoding after the first token; 0 when there was no second
 */
public record Timings(Duration timeToFirstToken, double tokensPerSecond) {

    /** Nothing was measured. */
    public static final Timings NONE = new Timings(Duration.ZERO, 0);

    public Timings {
        Objects.requireNonNull(timeToFirstToken, "timeToFirstToken");
    }
}
