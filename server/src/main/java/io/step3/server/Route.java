package io.step3.server;

import io.netty.handler.codec.http.HttpMethod;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What this server has, by path. */
enum Route {
    PAGE("/", HttpMethod.GET, false),
    HEALTH("/health", HttpMethod.GET, false),
    METRICS("/metrics", HttpMethod.GET, true),
    MODELS("/v1/models", HttpMethod.GET, true),
    MODEL("/v1/models/{id}", HttpMethod.GET, true),
    CHAT("/v1/chat/completions", HttpMethod.POST, true),
    MESSAGES("/v1/messages", HttpMethod.POST, true),
    COUNT_TOKENS("/v1/messages/count_tokens", HttpMethod.POST, true);

    private static final String MODEL_PREFIX = "/v1/models/";

    private final String path;
    private final HttpMethod method;
    private final boolean guarded;

    Route(String path, HttpMethod method, boolean guarded) {
        this.path = path;
        this.method = method;
        this.guarded = guarded;
    }

    /** As documents write it: what clients send may hold anything, and is not logged. */
    String path() {
        return path;
    }

    HttpMethod method() {
        return method;
    }

    /** Whether it wants the key. */
    boolean isGuarded() {
        return guarded;
    }

    /** How it writes. */
    Api api() {
        return switch (this) {
            case MESSAGES -> new AnthropicApi(false);
            case COUNT_TOKENS -> new AnthropicApi(true);
            default -> new OpenAiApi();
        };
    }

    /** Whether a method is its own; whoever may get may ask for the headers alone. */
    boolean takes(HttpMethod asked) {
        return asked.equals(method) || method == HttpMethod.GET && asked.equals(HttpMethod.HEAD);
    }

    /** The route of a request's target; a query and a slash at the end are no matter. */
    static Optional<Route> of(String target) {
        String path = pathOf(target);
        return Arrays.stream(values())
                .filter(
                        route ->
                                route == MODEL
                                        ? path.length() > MODEL_PREFIX.length()
                                                && path.startsWith(MODEL_PREFIX)
                                        : path.equals(route.path))
                .findFirst();
    }

    /** What stands for a model in a target of {@link #MODEL}. */
    static String modelIn(String target) {
        return pathOf(target).substring(MODEL_PREFIX.length());
    }

    private static String pathOf(String target) {
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        return path.length() > 1 && path.endsWith("/")
                ? path.substring(0, path.length() - 1)
                : path;
    }

    static String all() {
        return Arrays.stream(values())
                .map(route -> route.method + " " + route.path)
                .collect(Collectors.joining(", "));
    }
}
