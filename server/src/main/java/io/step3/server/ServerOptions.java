package io.step3.server;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a {@link ChatServer} is told by whoever starts it.
 *
 * @param host address to listen at; one that others can reach needs a key
 * @param port from 0 to 65535; 0 lets the system choose
 * @param key what clients must show, at least 8 visible ASCII characters; empty lets everybody in
 *     who can reach the address
 * @param parallel answers that are written at the same time, from 1 to 256
 * @param queue requests that wait for their turn, from 0 to 10,000; one more is refused
 * @param maxBody bytes that a request may have, from 1 KiB to 256 MiB
 * @param imageHosts hosts from which pictures may be fetched, in lower case; none by default
 * @param origins web pages that may ask, such as {@code https://example.org}, in lower case
 * @param hosts names under which this server is called beside those of this machine, in lower case
 */
public record ServerOptions(
        InetAddress host,
        int port,
        Optional<String> key,
        int parallel,
        int queue,
        int maxBody,
        Set<String> imageHosts,
        Set<String> origins,
        Set<String> hosts) {

    /** This machine only, port 8080, no key, 8 answers at once, 64 that wait, 64 MiB a request. */
    public static final ServerOptions DEFAULT =
            new ServerOptions(
                    InetAddress.getLoopbackAddress(),
                    8080,
                    Optional.empty(),
                    8,
                    64,
                    64 << 20,
                    Set.of(),
                    Set.of(),
                    Set.of());

    private static final int LEAST_KEY = 8;
    private static final int MOST_KEY = 4096;

    /** Checks all of it, with a sentence for what is wrong. */
    public ServerOptions {
        Objects.requireNonNull(host, "host");
        requireBetween("the port", port, 0, 65535);
        requireBetween("parallel", parallel, 1, 256);
        requireBetween("queue", queue, 0, 10_000);
        requireBetween("the largest body in bytes", maxBody, 1 << 10, 256 << 20);
        key.ifPresent(ServerOptions::checkKey);
        if (key.isEmpty() && !host.isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    "at %s others can reach this server: give it a key, or leave it on this machine"
                                    .formatted(host.getHostAddress())
                            + " (127.0.0.1)");
        }
        imageHosts = inLowerCase(imageHosts);
        origins = inLowerCase(origins);
        hosts = inLowerCase(hosts);
        for (String origin : origins) {
            if (!origin.matches("[a-z][a-z0-9+.-]*://[^/\\s*]+")) {
                throw new IllegalArgumentException(
                        "\"%s\" is no origin: name one such as https://example.org"
                                .formatted(origin));
            }
        }
    }

    private static void requireBetween(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "%s must be from %d to %d, not %d".formatted(name, least, most, value));
        }
    }

    /** Says nothing of the key itself. */
    private static void checkKey(String key) {
        boolean visible = key.chars().allMatch(c -> c > ' ' && c < 0x7F);
        if (!visible || key.length() < LEAST_KEY || key.length() > MOST_KEY) {
            throw new IllegalArgumentException(
                    "the key must be of %d to %d visible ASCII characters without blanks"
                            .formatted(LEAST_KEY, MOST_KEY));
        }
    }

    private static Set<String> inLowerCase(Set<String> names) {
        return names.stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The same at another address. */
    public ServerOptions at(InetAddress address, int number) {
        return new ServerOptions(
                address, number, key, parallel, queue, maxBody, imageHosts, origins, hosts);
    }

    /** The same at another address, for those who know a key. */
    public ServerOptions at(InetAddress address, int number, String secret) {
        return new ServerOptions(
                address,
                number,
                Optional.of(secret),
                parallel,
                queue,
                maxBody,
                imageHosts,
                origins,
                hosts);
    }

    /** The same with other limits. */
    public ServerOptions limited(int answers, int waiting, int bytes) {
        return new ServerOptions(
                host, port, key, answers, waiting, bytes, imageHosts, origins, hosts);
    }

    /** The same with others who may be asked for pictures, may ask, and what this is called. */
    public ServerOptions allowing(Set<String> pictures, Set<String> pages, Set<String> names) {
        return new ServerOptions(host, port, key, parallel, queue, maxBody, pictures, pages, names);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "%s:%d, %s, %d at once, %d waiting, bodies of %d bytes"
                .formatted(
                        host.getHostAddress(),
                        port,
                        key.isPresent() ? "with a key" : "without a key",
                        parallel,
                        queue,
                        maxBody);
    }
}
