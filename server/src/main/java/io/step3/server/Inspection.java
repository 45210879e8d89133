package io.step3.server;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What can be said of a request by its headers alone, and what needs no model to be answered. */
final class Inspection {

    private final Service service;

    Inspection(Service service) {
        this.service = service;
    }

    /** Why a request is not read any further, if so. */
    Optional<Refusal> refuse(HttpRequest request, @Nullable Route route) {
        HttpHeaders headers = request.headers();
        if (request.protocolVersion().majorVersion() != 1) {
            return Optional.of(Refusal.invalid("This server speaks HTTP/1.1."));
        }
        Optional<Refusal> origin = service.access().refuseOrigin(headers);
        if (origin.isPresent()) {
            return origin;
        }
        if (request.method().equals(HttpMethod.OPTIONS)) {
            return isPreflight(headers)
                    ? Optional.empty()
                    : Optional.of(
                            Refusal.of(
                                    Refusal.Kind.FORBIDDEN,
                                    "Web pages of this origin may not ask: start the server with"
                                            + " --allow-origin."));
        }
        if (route == null) {
            return Optional.of(
                    Refusal.of(
                            Refusal.Kind.NOT_FOUND,
                            "There is no such path here; there are: " + Route.all() + "."));
        }
        if (!route.takes(request.method())) {
            return Optional.of(
                    Refusal.of(
                            Refusal.Kind.WRONG_METHOD,
                            "%s takes %s only.".formatted(route.path(), route.method())));
        }
        Optional<Refusal> key =
                route.isGuarded() ? service.access().refuseKey(headers) : Optional.empty();
        return key.or(() -> refuseBody(headers, request));
    }

    private boolean isPreflight(HttpHeaders headers) {
        return headers.contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD)
                && service.access().allowedOrigin(headers).isPresent();
    }

    private Optional<Refusal> refuseBody(HttpHeaders headers, HttpRequest request) {
        String coding = headers.get(HttpHeaderNames.CONTENT_ENCODING, "identity");
        if (!coding.equalsIgnoreCase("identity") && !coding.isBlank()) {
            return Optional.of(
                    Refusal.of(
                            Refusal.Kind.UNKNOWN_CODING,
                            "The body is compressed: send it as it is."));
        }
        if (HttpUtil.getContentLength(request, 0L) > service.options().maxBody()) {
            return Optional.of(tooLarge());
        }
        if (service.admission().isStopping() && request.method().equals(HttpMethod.POST)) {
            return Optional.of(Refusal.of(Refusal.Kind.STOPPING, "The server is being stopped."));
        }
        return Optional.empty();
    }

    Refusal tooLarge() {
        return Refusal.of(
                Refusal.Kind.TOO_LARGE,
                "The request has more than %d bytes: send fewer or smaller pictures, or start the"
                                .formatted(service.options().maxBody())
                        + " server with a larger --max-body.");
    }

    /** Tells a page what it may send. */
    void preflight(Exchange exchange, HttpHeaders headers) {
        exchange.send(
                204,
                "",
                new byte[0],
                Map.of(
                        "access-control-allow-methods",
                        "GET, POST",
                        "access-control-allow-headers",
                        service.access().allowedHeaders(headers),
                        "access-control-max-age",
                        "600"));
    }

    /** Answers what only asks to be shown something. */
    void show(Exchange exchange, Route route, String target) {
        switch (route) {
            case PAGE -> service.page().send(exchange);
            case HEALTH -> health(exchange);
            case METRICS ->
                    exchange.send(200, Metrics.CONTENT_TYPE, service.metrics().text(), Map.of());
            case MODELS -> exchange.json(models());
            case MODEL -> model(exchange, Route.modelIn(target));
            default -> throw new IllegalArgumentException(route + " is not for showing");
        }
    }

    private void health(Exchange exchange) {
        boolean stopping = service.admission().isStopping();
        JsonObject health = new JsonObject();
        health.addProperty("status", stopping ? "stopping" : "ok");
        health.addProperty("model", service.model().name());
        exchange.send(
                stopping ? 503 : 200,
                "application/json",
                Exchange.utf8(health.toString()),
                Map.of());
    }

    /** One body that the clients of both APIs read. */
    private JsonObject models() {
        JsonArray data = new JsonArray();
        data.add(described());
        JsonObject models = new JsonObject();
        models.addProperty("object", "list");
        models.add("data", data);
        models.addProperty("has_more", false);
        models.addProperty("first_id", service.model().name());
        models.addProperty("last_id", service.model().name());
        return models;
    }

    private void model(Exchange exchange, String asked) {
        if (asked.equals(service.model().name())) {
            exchange.json(described());
            return;
        }
        exchange.refuse(
                new OpenAiApi(),
                Refusal.of(
                        Refusal.Kind.NOT_FOUND,
                        "This server has one model: %s.".formatted(service.model().name())),
                Map.of());
    }

    private JsonObject described() {
        JsonObject model = new JsonObject();
        model.addProperty("id", service.model().name());
        model.addProperty("object", "model");
        model.addProperty("type", "model");
        model.addProperty("created", service.started().getEpochSecond());
        model.addProperty(
                "created_at",
                DateTimeFormatter.ISO_INSTANT.format(
                        service.started().truncatedTo(ChronoUnit.SECONDS)));
        model.addProperty("display_name", service.model().name());
        model.addProperty("owned_by", "step3");
        model.add("abilities", abilities());
        model.add("max_model_len", JsonNull.INSTANCE);
        service.model()
                .contextLength()
                .ifPresent(length -> model.addProperty("max_model_len", length));
        return model;
    }

    /** Our own addition to both formats, for clients that ask before they send a picture. */
    private JsonArray abilities() {
        JsonArray abilities = new JsonArray();
        service.model().abilities().stream()
                .map(ability -> ability.name().toLowerCase(Locale.ROOT))
                .sorted()
                .forEach(abilities::add);
        return abilities;
    }
}
