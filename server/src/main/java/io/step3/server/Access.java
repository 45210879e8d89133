package io.step3.server;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask: whoever shows the key, if there is one, under a name that is this server's own, and
 * from no web page that was not allowed. A page that has its own name resolve to this machine is
 * known by the {@code Host} that its requests then carry.
 */
final class Access {

    private static final String BEARER = "bearer ";
    private static final String CLIENT_KEY = "x-api-key";

    private final byte @Nullable [] keyDigest;
    private final Set<String> origins;
    private final Set<String> hosts;

    Access(ServerOptions options) {
        keyDigest = options.key().map(Access::digest).orElse(null);
        origins = options.origins();
        hosts = options.hosts();
    }

    /** Of equal length whatever was shown, so that comparing tells nothing. */
    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** Refuses names that are not this server's, and pages that were not allowed. */
    Optional<Refusal> refuseOrigin(HttpHeaders headers) {
        List<String> named = headers.getAll(HttpHeaderNames.HOST);
        if (named.size() != 1) {
            return Optional.of(Refusal.invalid("The request must have one Host header."));
        }
        String host = nameOf(named.getFirst());
        if (!isOurs(host)) {
            return Optional.of(
                    Refusal.of(
                            Refusal.Kind.FORBIDDEN,
                            "This server does not answer to the name in the Host header: call it"
                                    + " localhost, or start it with --allow-host."));
        }
        String origin = origin(headers);
        // With a key a page must know it; without one any page could ask, if not for the answer.
        boolean open = keyDigest == null;
        if (origin != null && open && !isAllowed(origin) && !isOwn(origin, named.getFirst())) {
            return Optional.of(
                    Refusal.of(
                            Refusal.Kind.FORBIDDEN,
                            "Web pages of this origin may not ask: start the server with"
                                    + " --allow-origin."));
        }
        return Optional.empty();
    }

    private static @Nullable String origin(HttpHeaders headers) {
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        return origin == null ? null : origin.toLowerCase(Locale.ROOT);
    }

    private boolean isAllowed(String origin) {
        return origins.contains(origin);
    }

    private static boolean isOwn(String origin, String host) {
        return origin.equals("http://" + host.toLowerCase(Locale.ROOT));
    }

    /** The name of a Host header, without a port. */
    private static String nameOf(String header) {
        String host = header.strip().toLowerCase(Locale.ROOT);
        int end = host.startsWith("[") ? host.indexOf(']') + 1 : host.lastIndexOf(':');
        return end > 0 ? host.substring(0, end) : host;
    }

    private boolean isOurs(String host) {
        if (host.equals("localhost") || hosts.contains(host)) {
            return true;
        }
        boolean six = host.startsWith("[") && host.endsWith("]");
        String literal = six ? host.substring(1, host.length() - 1) : host;
        byte[] address =
                six || NetUtil.isValidIpV4Address(literal)
                        ? NetUtil.createByteArrayFromIpAddressString(literal)
                        : null;
        if (address == null) {
            return false;
        }
        return keyDigest != null || Addresses.of(address).isLoopbackAddress();
    }

    /** Refuses whoever does not show the key, if there is one. */
    Optional<Refusal> refuseKey(HttpHeaders headers) {
        if (keyDigest == null) {
            return Optional.empty();
        }
        String shown = headers.get(CLIENT_KEY);
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization != null
                && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            shown = authorization.substring(BEARER.length()).strip();
        }
        if (shown != null && MessageDigest.isEqual(digest(shown), keyDigest)) {
            return Optional.empty();
        }
        return Optional.of(
                Refusal.of(
                        Refusal.Kind.UNKNOWN_KEY,
                        shown == null || shown.isEmpty()
                                ? "This server wants a key: send it as Authorization: Bearer or"
                                        + " x-api-key."
                                : "The key is not the one that this server was started with."));
    }

    /** The page that is to be told it may read the answer. */
    Optional<String> allowedOrigin(HttpHeaders headers) {
        String origin = origin(headers);
        return origin != null && isAllowed(origin)
                ? Optional.of(headers.get(HttpHeaderNames.ORIGIN))
                : Optional.empty();
    }

    /** Those of the headers that a page wants to send which it may. */
    String allowedHeaders(HttpHeaders headers) {
        String wanted = headers.get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS, "");
        return String.join(
                ", ",
                List.of(wanted.toLowerCase(Locale.ROOT).split(",")).stream()
                        .map(String::strip)
                        .filter(Access::mayBeSent)
                        .toList());
    }

    private static boolean mayBeSent(String header) {
        return header.matches(
                "authorization|content-type|x-api-key|(anthropic|x-stainless)-[a-z0-9-]+");
    }
}
