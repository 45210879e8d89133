package io.step3.remote;

import io.step3.chat.Ability;
import io.step3.chat.BegunReply;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.ImageSource;
import io.step3.chat.ModelClosedException;
import io.step3.image.ImageDecoder;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A model on a server that speaks OpenAI's chat completions.
 *
 * <pre>{@code
 * RemoteAddress address = RemoteAddress.parse("openai://localhost:8000/v1?model=step3");
 * try (ChatModel model = RemoteModel.open(address, ApiKey.ofEnvironment())) {
 *     ...
 * }
 * }</pre>
 *
 * <p>{@link #chat} waits until the server has accepted or refused the request, and while the server
 * is busy tries three times; a {@link Cancellation} or {@link #close} ends that wait too. An answer
 * that breaks off gives what came, and then throws a {@link RemoteModelException}. It is never
 * asked for again by itself once a word of it came.
 */
public final class RemoteModel implements ChatModel {

    private final Server server;
    private final RemoteAddress address;
    private final ModelList.Entry model;
    private final ImageDecoder decoder = new ImageDecoder();

    /** Also the lock of itself and of {@link #closed}. */
    private final Set<RemoteStream> open = new HashSet<>();

    private boolean closed;

    private RemoteModel(Server server, RemoteAddress address, ModelList.Entry model) {
        this.server = server;
        this.address = address;
        this.model = model;
    }

    /**
     * Asks the server which models it has. Waits some seconds at most.
     *
     * @throws RemoteModelException if it cannot be reached, or refuses the key
     * @throws IllegalArgumentException if it has no such model
     */
    public static RemoteModel open(RemoteAddress address, Optional<ApiKey> key) {
        Objects.requireNonNull(address, "address");
        var server = new Server(address, key);
        try {
            return new RemoteModel(
                    server, address, server.models().choose(address.model(), address.host()));
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** The model's name on the server. */
    @Override
    public String name() {
        return model.name();
    }

    @Override
    public OptionalInt contextLength() {
        return model.contextLength();
    }

    /**
     * What the server says of it. One that says nothing is taken to serve Step3 whole, and refuses
     * itself what it cannot do.
     */
    @Override
    public Set<Ability> abilities() {
        return model.abilities();
    }

    /** Never known: the server counts. */
    @Override
    public OptionalInt promptTokens(ChatRequest request) {
        synchronized (open) {
            requireOpen();
        }
        check(request);
        return OptionalInt.empty();
    }

    @Override
    public ChatStream chat(ChatRequest request, Cancellation cancellation) {
        check(request);
        var answer = new AnswerReader(request, address.inline(), contextLength());
        var stream = new RemoteStream(server, address, answer, this::forget);
        synchronized (open) {
            requireOpen();
            open.add(stream);
        }
        try {
            stream.follow(cancellation);
            stream.begin(
                    server.ask(stream.call(), request, name())
                            .map(HttpResponse::body)
                            .orElse(null));
        } catch (RuntimeException e) {
            stream.close();
            throw e;
        }
        synchronized (open) {
            if (closed) {
                stream.close();
                throw new ModelClosedException();
            }
        }
        return stream;
    }

    private void forget(RemoteStream stream) {
        synchronized (open) {
            open.remove(stream);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ModelClosedException();
        }
    }

    /** What the server need not be asked for. Pictures are only looked at, not decoded. */
    private void check(ChatRequest request) {
        List<ImageSource> pictures = request.images();
        if (!pictures.isEmpty() && !can(Ability.SEE)) {
            throw new IllegalArgumentException(
                    "%s at %s cannot see pictures: ask without them"
                            .formatted(name(), address.host()));
        }
        if (!request.begun().equals(BegunReply.NOTHING) && !can(Ability.CONTINUE)) {
            throw new IllegalArgumentException(
                    "%s at %s cannot continue a begun reply: ask for a whole one"
                            .formatted(name(), address.host()));
        }
        pictures.forEach(picture -> decoder.plan(picture.buffer(), picture.name()));
    }

    @Override
    public void close() {
        List<RemoteStream> ending;
        synchronized (open) {
            closed = true;
            ending = List.copyOf(open);
        }
        ending.forEach(RemoteStream::cancel);
        server.close();
    }

    @Override
    public String toString() {
        return "%s at %s".formatted(name(), address.host());
    }
}
