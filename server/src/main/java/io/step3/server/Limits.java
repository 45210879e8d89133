package io.step3.server;

import java.time.Duration;

/**
 * What one client may take from all others.
 *
 * @param connections at a time
 * @param headerBytes of one request
 * @param lineBytes of a request's first line
 * @param request from a request's first byte to its last
 * @param idle of a connection between two requests
 * @param heartbeat after which a stream in which nothing happens gets a sign of life
 * @param grace for answers that are being written when the server is stopped
 */
record Limits(
        int connections,
        int headerBytes,
        int lineBytes,
        Duration request,
        Duration idle,
        Duration heartbeat,
        Duration grace) {

    static final Limits DEFAULT =
            new Limits(
                    256,
                    16 << 10,
                    4 << 10,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(75),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(30));
}
