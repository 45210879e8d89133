package io.step3.server;

import com.google.gson.JsonObject;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.ContextOverflowException;
import io.step3.chat.FieldException;
import io.step3.chat.FinishReason;
import io.step3.chat.ModelClosedException;
import io.step3.checkpoint.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Answers one request, in a thread of its own. */
final class Answering implements Runnable {

    private final Service service;
    private final Exchange exchange;
    private final Route route;
    private final Api api;
    private final String client;

    /** Let go as soon as it is read. */
    private byte @Nullable [] body;

    private @Nullable EventStream stream;
    private String cost = "";

    /**
     * A request that has come whole.
     *
     * @param client whom it is from, for taking turns
     */
    Answering(Service service, Exchange exchange, Route route, byte[] body, String client) {
        this.service = service;
        this.exchange = exchange;
        this.route = route;
        this.api = route.api();
        this.body = body;
        this.client = client;
    }

    @Override
    public void run() {
        try {
            answer();
        } catch (RejectedExecutionException e) {
            // The server is closed, and all its connections with it: there is nobody to tell.
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            fail(refusal(e));
        } finally {
            report();
        }
    }

    private void answer() {
        Api.Asked asked;
        ChatStream early = null;
        service.reading().acquireUninterruptibly();
        try {
            asked = api.read(text(), service.pictures());
            if (route == Route.COUNT_TOKENS) {
                exchange.json(count(asked.chat()));
                return;
            }
            stream =
                    asked.isStreamed()
                            ? new EventStream(
                                    exchange,
                                    api,
                                    asked.events(service.model(), Instant.now()),
                                    service.limits().heartbeat())
                            : null;
            if (asked.chat().images().isEmpty()) {
                early = begin(asked.chat());
            } else {
                checkLength(asked.chat()); // pictures are decoded when it is their turn
            }
        } catch (RuntimeException | Error e) {
            close(stream);
            throw e;
        } finally {
            service.reading().release();
        }
        try (EventStream closed = stream;
                ChatStream begun = early) {
            long asking = System.nanoTime();
            try (var place = service.admission().enter(client, exchange.cancellation())) {
                service.metrics().waited((System.nanoTime() - asking) * 1e-9);
                if (place.isGiven()) {
                    answer(asked, begun);
                }
            } catch (RuntimeException | Error e) {
                fail(refusal(e));
            }
        }
    }

    private static void close(@Nullable EventStream stream) {
        if (stream != null) {
            stream.close();
        }
    }

    private String text() {
        byte[] bytes = body;
        body = null;
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("The body is not valid UTF-8.", e);
        }
    }

    private JsonObject count(ChatRequest request) {
        JsonObject count = new JsonObject();
        count.addProperty(
                "input_tokens",
                service.model()
                        .promptTokens(request)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "This model cannot count without answering.")));
        return count;
    }

    private ChatStream begin(ChatRequest request) {
        return service.model().chat(request, exchange.cancellation());
    }

    private void checkLength(ChatRequest request) {
        ChatModel model = service.model();
        int tokens = model.promptTokens(request).orElse(0);
        int most = model.contextLength().orElse(Integer.MAX_VALUE);
        if (tokens > most) {
            throw new ContextOverflowException(tokens, most);
        }
    }

    private void answer(Api.Asked asked, @Nullable ChatStream begun) {
        EventStream events = stream;
        try (ChatStream answer = begun != null ? begun : begin(asked.chat())) {
            if (events != null) {
                events.begin();
                while (answer.hasNext()) {
                    ChatChunk chunk = answer.next();
                    if (chunk.end() != null) {
                        note(chunk.end());
                        checkEnd(chunk.end().finishReason());
                    }
                    events.put(chunk);
                }
                return;
            }
            ChatResponse whole = ChatResponse.of(answer).complete();
            note(
                    new ChatChunk.End(
                            whole.finishReason(),
                            whole.stopText(),
                            whole.usage(),
                            whole.timings()));
            checkEnd(whole.finishReason());
            exchange.json(asked.whole(whole, service.model().name(), Instant.now()));
        }
    }

    /** An answer that nobody here has cancelled was cancelled by the server's end. */
    private void checkEnd(FinishReason reason) {
        if (reason == FinishReason.CANCELLED && !exchange.cancellation().isCancelled()) {
            throw new ModelClosedException();
        }
    }

    private void note(ChatChunk.End end) {
        service.metrics().answer(end.usage(), end.timings());
        cost =
                String.format(
                        Locale.ROOT,
                        ", %d tokens (%d cached) and %d, first after %.3f s",
                        end.usage().promptTokens(),
                        end.usage().cachedTokens(),
                        end.usage().completionTokens(),
                        end.timings().timeToFirstToken().toNanos() * 1e-9);
    }

    private void fail(Refusal refusal) {
        Map<String, String> headers = Connection.headers(refusal);
        if (stream != null) {
            stream.fail(refusal, headers);
        } else {
            exchange.refuse(api, refusal, headers);
        }
    }

    static Refusal refusal(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case StackOverflowError e ->
                    Refusal.invalid("The request is nested too deeply: make it simpler.");
            case RefusedException e -> e.refusal();
            case ContextOverflowException e ->
                    new Refusal(
                            Refusal.Kind.INVALID,
                            message,
                            Optional.of("messages"),
                            Optional.of("context_length_exceeded"),
                            Optional.empty());
            case CheckpointException e -> Refusal.of(Refusal.Kind.FAULT, message);
            case FieldException e ->
                    new Refusal(
                            Refusal.Kind.INVALID,
                            message,
                            Optional.of(e.field()),
                            Optional.empty(),
                            Optional.empty());
            case IllegalArgumentException e -> Refusal.invalid(message);
            case ModelClosedException e ->
                    Refusal.of(Refusal.Kind.STOPPING, "The server is being stopped.");
            case OutOfMemoryError e ->
                    Refusal.of(
                            Refusal.Kind.FAULT,
                            "The server's memory does not suffice for this request: make it"
                                    + " smaller, or give the server more.");
            default -> Refusal.of(Refusal.Kind.FAULT, "The model failed: " + message);
        };
    }

    private void report() {
        int status = exchange.cancellation().isCancelled() ? Connection.LEFT : exchange.status();
        service.metrics().request(api.name(), status);
        service.log().accept(Connection.line(exchange, route.path(), status, cost));
    }
}
