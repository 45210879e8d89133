package io.step3.remote;

import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatStream;
import io.step3.chat.FinishReason;
import io.step3.chat.Timings;
import io.step3.chat.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An answer as it comes from a server. */
final class RemoteStream implements ChatStream {

    /** Of a whole answer as it is sent: a million tokens, each in an event of its own. */
    private static final long MOST_BYTES = 1L << 30;

    private static final String END = "[DONE]";

    private enum State {
        OPEN,
        CANCELLED,
        CLOSED
    }

    private final Server server;
    private final RemoteAddress address;
    private final AnswerReader answer;
    private final Call call = new Call();
    private final Consumer<RemoteStream> whenOver;
    private final long asked = System.nanoTime();
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

    // The reader's.
    private final EventLines lines = new EventLines();
    private final Queue<ChatChunk> ready = new ArrayDeque<>();
    private @Nullable RuntimeException failure;
    private boolean over;
    private @Nullable Arrivals body;
    private long received;
    private long first;

    private Cancellation.@Nullable Registration registration;

    /**
     * An answer that is not asked for yet.
     *
     * @param whenOver runs when it holds nothing any more, perhaps more than once
     */
    RemoteStream(
            Server server,
            RemoteAddress address,
            AnswerReader answer,
            Consumer<RemoteStream> whenOver) {
        this.server = server;
        this.address = address;
        this.answer = answer;
        this.whenOver = whenOver;
    }

    /** What asks for it; aborted with it. */
    Call call() {
        return call;
    }

    /** Begins to read; without a body it was cancelled before it began. */
    void begin(@Nullable Arrivals arriving) {
        body = arriving;
    }

    /** Ends with the cancellation. */
    void follow(Cancellation cancellation) {
        registration = cancellation.onCancel(this::cancel);
    }

    /** Ends it with {@link FinishReason#CANCELLED}; from any thread. */
    void cancel() {
        if (state.compareAndSet(State.OPEN, State.CANCELLED)) {
            call.abort();
        }
    }

    @Override
    public void close() {
        state.set(State.CLOSED);
        release();
    }

    private void release() {
        call.abort();
        if (registration != null) {
            registration.close();
        }
        whenOver.accept(this);
    }

    @Override
    public boolean hasNext() {
        while (state.get() != State.CLOSED) {
            if (!ready.isEmpty()) {
                return true;
            }
            if (failure != null) {
                RuntimeException once = failure;
                failure = null;
                throw once;
            }
            if (over) {
                return false;
            }
            read();
        }
        return false;
    }

    @Override
    public ChatChunk next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the answer has ended");
        }
        return ready.remove();
    }

    private void read() {
        try {
            Optional<byte[]> bytes = body == null ? Optional.empty() : body.next(patience());
            if (bytes.isPresent()) {
                take(bytes.get());
            } else if (isOpen()) {
                finish();
            } else {
                endCancelled();
            }
        } catch (Silence e) {
            fail(
                    server.failure(
                            first == 0
                                    ? "did not begin to answer within %d s"
                                            .formatted(address.firstToken().toSeconds())
                                    : "fell silent in the middle of the answer for %d s"
                                            .formatted(address.idle().toSeconds()),
                            ""));
        } catch (IOException e) {
            if (isOpen()) {
                finish();
            } else {
                endCancelled();
            }
        } catch (IllegalArgumentException e) {
            fail(server.failure("sent what is no answer", e.getMessage()));
        }
    }

    private boolean isOpen() {
        return state.get() == State.OPEN
                && !call.isAborted()
                && !Thread.currentThread().isInterrupted();
    }

    private Duration patience() {
        return first == 0
                ? address.firstToken().minusNanos(System.nanoTime() - asked)
                : address.idle();
    }

    private void take(byte[] bytes) {
        received += bytes.length;
        if (received > MOST_BYTES) {
            throw new IllegalArgumentException("it is longer than %,d bytes".formatted(MOST_BYTES));
        }
        for (String data : lines.feed(bytes)) {
            if (data.equals(END)) {
                finish();
                return;
            }
            Optional<String> error = ErrorText.inEvent(data);
            if (error.isPresent()) {
                fail(
                        ErrorText.overflow(error.get())
                                .<RuntimeException>map(overflow -> overflow)
                                .orElseGet(() -> server.failure("reports an error", error.get())));
                return;
            }
            List<ChatChunk> chunks = answer.read(data);
            if (first == 0 && !chunks.isEmpty()) {
                first = System.nanoTime();
            }
            ready.addAll(chunks);
        }
    }

    /** Without a reason why it ended it has broken off, which the reader finds. */
    private void finish() {
        long now = System.nanoTime();
        long begun = first == 0 ? now : first;
        List<ChatChunk> rest;
        try {
            rest = answer.finish(Duration.ofNanos(begun - asked), Duration.ofNanos(now - begun));
        } catch (IllegalArgumentException e) {
            fail(server.failure("left the answer incomplete", e.getMessage()));
            return;
        }
        ready.addAll(rest);
        over = true;
        if (body != null) {
            body.drain();
        }
        release();
    }

    private void endCancelled() {
        if (state.get() != State.CLOSED) {
            ready.addAll(answer.leftover());
            ready.add(ChatChunk.done(FinishReason.CANCELLED, Usage.NONE, Timings.NONE));
        }
        over = true;
        release();
    }

    /** What came stands, and is given first. */
    private void fail(RuntimeException why) {
        ready.addAll(answer.leftover());
        failure = why;
        over = true;
        release();
    }
}
