package io.step3.remote;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Where a model is served: {@code openai://host[:port][/base]?model=NAME}, or {@code openais://}
 * for TLS.
 *
 * @param base of the API, {@code http:} or {@code https:}, without a slash at its end
 * @param model the model's name on the server; empty for the only one there
 * @param inline whether thoughts come within the text, up to {@code </think>}, as from a server
 *     without a reasoning parser
 * @param firstToken how long the first word may take, from the request on
 * @param idle how long a server may be silent within an answer
 */
public record RemoteAddress(
        URI base, String model, boolean inline, Duration firstToken, Duration idle) {

    private static final String PLAIN = "openai";
    private static final String TLS = "openais";
    private static final String DEFAULT_BASE = "/v1";
    private static final int FIRST_TOKEN_SECONDS = 600;
    private static final int IDLE_SECONDS = 120;
    private static final int MOST_SECONDS = 86_400;
    private static final Set<String> OPTIONS =
            Set.of("model", "thinking", "firstTokenSeconds", "idleSeconds");

    public RemoteAddress {
        Objects.requireNonNull(base, "base");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(firstToken, "firstToken");
        Objects.requireNonNull(idle, "idle");
    }

    /** Whether a text is meant as an address, be it right or wrong. */
    public static boolean isOne(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return lower.startsWith(PLAIN + ":") || lower.startsWith(TLS + ":");
    }

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is none, or holds a key or a password, which would end
     *     up in logs; the message shows neither
     */
    public static RemoteAddress parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw wrong("it holds characters that an address may not have");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals(PLAIN) && !scheme.equals(TLS)) {
            throw wrong("it begins with neither openai:// nor openais://");
        }
        if (uri.getRawUserInfo() != null
                || uri.getRawAuthority() != null && uri.getRawAuthority().contains("@")) {
            throw keyInside();
        }
        if (uri.getHost() == null) {
            throw wrong("it names no host");
        }
        if (uri.getRawFragment() != null) {
            throw wrong("it has a part behind #");
        }
        Map<String, String> options = options(uri);
        return new RemoteAddress(
                base(uri, scheme.equals(TLS) ? "https" : "http"),
                options.getOrDefault("model", ""),
                inline(options.getOrDefault("thinking", "fields")),
                seconds(options, "firstTokenSeconds", FIRST_TOKEN_SECONDS),
                seconds(options, "idleSeconds", IDLE_SECONDS));
    }

    private static URI base(URI uri, String scheme) {
        String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        if (uri.getPort() == 0 || uri.getPort() > 65535) {
            throw wrong("its port is not from 1 to 65535");
        }
        return URI.create(
                scheme + "://" + uri.getHost() + port + (path.isEmpty() ? DEFAULT_BASE : path));
    }

    private static Map<String, String> options(URI uri) {
        Map<String, String> options = new LinkedHashMap<>();
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        for (String option : query.split("&")) {
            int equals = option.indexOf('=');
            String name = decoded(equals < 0 ? option : option.substring(0, equals));
            if (name.isEmpty() && equals < 0) {
                continue;
            }
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.contains("key") || lower.contains("token") && !OPTIONS.contains(name)) {
                throw keyInside();
            }
            if (!OPTIONS.contains(name)) {
                throw wrong(
                        "it has an option that is none of model, thinking, firstTokenSeconds and"
                                + " idleSeconds");
            }
            if (equals < 0 || options.put(name, decoded(option.substring(equals + 1))) != null) {
                throw wrong("its option " + name + " must be given once, with a value");
            }
        }
        return options;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong("it has a broken percent sign in its options");
        }
    }

    private static boolean inline(String value) {
        return switch (value) {
            case "fields" -> false;
            case "inline" -> true;
            default -> throw wrong("its option thinking must be fields or inline");
        };
    }

    private static Duration seconds(Map<String, String> options, String name, int standard) {
        String value = options.getOrDefault(name, Integer.toString(standard));
        if (!value.matches("\\d{1,5}")
                || Integer.parseInt(value) < 1
                || Integer.parseInt(value) > MOST_SECONDS) {
            throw wrong("its option %s must be from 1 to %d".formatted(name, MOST_SECONDS));
        }
        return Duration.ofSeconds(Integer.parseInt(value));
    }

    private static IllegalArgumentException wrong(String why) {
        return new IllegalArgumentException(
                "the address of the server is wrong: %s; write it like openai://host:8000/v1?model=NAME"
                        .formatted(why));
    }

    private static IllegalArgumentException keyInside() {
        return new IllegalArgumentException(
                "the address of the server holds a key or a password, which would show up in logs:"
                        + " take it out, and give the key in "
                        + ApiKey.VARIABLE
                        + " or in a file");
    }

    /** Host and port, as sentences name the server. */
    String host() {
        return base.getAuthority();
    }

    /** Of a path below the base, such as {@code models}. */
    URI resolve(String path) {
        return URI.create(base + "/" + path);
    }
}
