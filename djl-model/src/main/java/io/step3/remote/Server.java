package io.step3.remote;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import io.step3.chat.ChatRequest;
import io.step3.chat.OpenAiJson;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** The server at an address, and how it is asked. For any thread. */
final class Server {

    private static final Duration CONNECTING = Duration.ofSeconds(10);

    /** To tell which models there are, and to say what is wrong. */
    private static final Duration SHORT_ANSWER = Duration.ofSeconds(5);

    private static final Duration LEAVING = Duration.ofMillis(200);

    private static final int TRIES = 3;
    private static final Set<Integer> TRIED_AGAIN = Set.of(408, 429, 502, 503, 504);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final RemoteAddress address;
    private final Optional<ApiKey> key;
    private final HttpClient client;

    Server(RemoteAddress address, Optional<ApiKey> key) {
        this.address = address;
        this.key = key;
        // The default, HTTP/2, asks plain servers for an upgrade, which some drop the body for.
        this.client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(CONNECTING)
                        .build();
    }

    String name() {
        return "the server at " + address.host();
    }

    /** A sentence about this server that shows no key, whatever the words are that it ends with. */
    RemoteModelException failure(String what, String words) {
        String said = ErrorText.tidied(words, key);
        return new RemoteModelException(name() + " " + what + (said.isEmpty() ? "" : ": " + said));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path));
        key.ifPresent(known -> request.header("Authorization", known.header()));
        return request;
    }

    /**
     * Which models there are.
     *
     * @throws RemoteModelException if it cannot be reached, or does not answer with a list
     */
    ModelList models() {
        HttpRequest request = request("models").header("Accept", "application/json").build();
        try {
            HttpResponse<Arrivals> response =
                    new Call()
                            .send(client, request, SHORT_ANSWER)
                            .orElseThrow(() -> failure("was not waited for", ""));
            if (response.statusCode() != 200) {
                throw refusal(response);
            }
            byte[] bytes = response.body().first(ModelList.MOST_BYTES + 1, SHORT_ANSWER);
            if (bytes.length > ModelList.MOST_BYTES) {
                throw failure("lists more models than can be read", "");
            }
            return ModelList.parse(new String(bytes, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException | JsonParseException e) {
            throw failure("does not list its models: does its API lie at " + address.base(), "");
        } catch (Silence e) {
            throw failure("does not answer within %d s".formatted(SHORT_ANSWER.toSeconds()), "");
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private RemoteModelException unreachable(IOException failure) {
        boolean refused =
                failure instanceof ConnectException
                        || failure instanceof HttpConnectTimeoutException;
        return refused
                ? failure("cannot be reached: check the address, and that it runs", "")
                : failure("broke the connection off", "");
    }

    /**
     * Asks for an answer, again where the server is busy.
     *
     * @return the response, of which the body is a stream of events; empty if the call was aborted
     * @throws IllegalArgumentException if it refuses this request
     * @throws RemoteModelException if it cannot be reached or fails
     */
    Optional<HttpResponse<Arrivals>> ask(Call call, ChatRequest chat, String model) {
        HttpRequest request =
                request("chat/completions")
                        .header("Content-Type", "application/json")
                        .header("Accept", "text/event-stream")
                        .POST(HttpRequest.BodyPublishers.ofString(body(chat, model).toString()))
                        .build();
        Duration pause = FIRST_PAUSE;
        for (int tries = 1; ; tries++) {
            Duration wanted = Duration.ZERO;
            try {
                Optional<HttpResponse<Arrivals>> sent =
                        call.send(client, request, address.firstToken());
                if (sent.isEmpty() || sent.get().statusCode() == 200) {
                    return sent.map(this::requireStream);
                }
                HttpResponse<Arrivals> response = sent.get();
                if (tries == TRIES || !TRIED_AGAIN.contains(response.statusCode())) {
                    throw refusal(response);
                }
                wanted = retryAfter(response);
                response.body().abort();
            } catch (Silence e) {
                throw failure(
                        "did not begin to answer within %d s"
                                .formatted(address.firstToken().toSeconds()),
                        "");
            } catch (IOException e) {
                // Refused, or an old connection that the server closed just now: no word has come.
                if (tries == TRIES || e instanceof HttpConnectTimeoutException) {
                    throw unreachable(e);
                }
            }
            double jitter = 1 + ThreadLocalRandom.current().nextDouble() / 4;
            Duration own = Duration.ofMillis((long) (pause.toMillis() * jitter));
            call.pause(wanted.compareTo(own) > 0 ? wanted : own);
            pause = pause.multipliedBy(2);
        }
    }

    /** As the servers in use want it: some read one spelling of a field, some the other. */
    private static JsonObject body(ChatRequest chat, String model) {
        JsonObject body = OpenAiJson.request(chat, model, true);
        for (JsonElement message : body.getAsJsonArray("messages")) {
            JsonObject fields = message.getAsJsonObject();
            if (fields.has("reasoning_content")) {
                fields.add("reasoning", fields.get("reasoning_content"));
            }
        }
        if (body.has("think_budget")) {
            body.add("thinking_token_budget", body.get("think_budget"));
        }
        return body;
    }

    private HttpResponse<Arrivals> requireStream(HttpResponse<Arrivals> response) {
        String type = response.headers().firstValue("content-type").orElse("");
        if (!type.startsWith("text/event-stream")) {
            String said = said(response);
            throw failure(
                    "does not stream its answer: does its API lie at " + address.base(),
                    type.startsWith("application/json") ? said : "");
        }
        return response;
    }

    /** Seconds; a date, which the header may also hold, is no hurry. */
    private static Duration retryAfter(HttpResponse<Arrivals> response) {
        String value = response.headers().firstValue("retry-after").orElse("0").strip();
        if (!value.matches("\\d{1,9}")) {
            return Duration.ZERO;
        }
        Duration wanted = Duration.ofSeconds(Long.parseLong(value));
        return wanted.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wanted;
    }

    private static String said(HttpResponse<Arrivals> response) {
        byte[] body = response.body().first(ErrorText.MOST_BYTES, SHORT_ANSWER);
        return ErrorText.of(new String(body, StandardCharsets.UTF_8));
    }

    private RuntimeException refusal(HttpResponse<Arrivals> response) {
        int status = response.statusCode();
        String said = said(response);
        return switch (status) {
            case 301, 302, 303, 307, 308 ->
                    failure(
                            "sends on to another address, to which the key and the question do not"
                                    + " follow: name that address itself",
                            "");
            case 401, 403 ->
                    failure(
                            key.isPresent()
                                    ? "does not accept the key"
                                    : "wants a key: give it in "
                                            + ApiKey.VARIABLE
                                            + " or in a file",
                            key.isPresent() ? said : "");
            case 404 -> failure("knows no such model or path at " + address.base(), said);
            case 400, 413, 422 -> refused(said);
            case 429, 503 -> failure("is busy (status %d)".formatted(status), said);
            default -> failure("failed (status %d)".formatted(status), said);
        };
    }

    /** This request, by the server's words. */
    IllegalArgumentException refused(String said) {
        return ErrorText.overflow(said)
                .<IllegalArgumentException>map(overflow -> overflow)
                .orElseGet(
                        () ->
                                new IllegalArgumentException(
                                        name()
                                                + " refuses the request: "
                                                + ErrorText.tidied(said, key)));
    }

    /** What still runs ends; answers that just ended have a moment to leave in order. */
    void close() {
        client.shutdown();
        try {
            client.awaitTermination(LEAVING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.shutdownNow();
    }

    @Override
    public String toString() {
        return name();
    }
}
