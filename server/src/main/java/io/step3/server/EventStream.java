package io.step3.server;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import io.step3.chat.ChatChunk;
import io.step3.chat.TokenLogprob;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer on its way to a client that may be slow, or silent while it waits. Whoever puts a chunk
 * never waits for the client: what it has not taken stays here, no more than the context holds, and
 * pieces of one kind then go as one event. After a while without a byte there is a sign of life.
 *
 * <p>Nothing goes out, not even the status, before there is something to say: until then a failure
 * still has a status of its own.
 */
final class EventStream implements AutoCloseable {

    private final Exchange exchange;
    private final Api api;
    private final Api.Events events;
    private final Channel channel;
    private final long heartbeat;
    private final ScheduledFuture<?> beating;

    /** What the client has not taken. All that follows is guarded by this object's monitor. */
    private final Deque<ChatChunk> pending = new ArrayDeque<>();

    private long lastByte = System.nanoTime();
    private boolean begun;
    private boolean ended;

    /** A stream of which nothing has gone out. */
    EventStream(Exchange exchange, Api api, Api.Events events, Duration heartbeat) {
        this.exchange = exchange;
        this.api = api;
        this.events = events;
        this.channel = exchange.channel();
        this.heartbeat = heartbeat.toNanos();
        exchange.onWritable(this::drain);
        long look = Math.max(1, this.heartbeat / 5);
        beating =
                channel.eventLoop()
                        .scheduleAtFixedRate(this::beat, look, look, TimeUnit.NANOSECONDS);
    }

    private synchronized void beat() {
        if (!ended && System.nanoTime() - lastByte >= heartbeat && channel.isWritable()) {
            open();
            write(events.heartbeat());
        }
    }

    private void open() {
        if (!begun) {
            begun = true;
            exchange.beginEvents();
        }
    }

    private void write(String text) {
        if (!text.isEmpty()) {
            lastByte = System.nanoTime();
            exchange.events(text);
        }
    }

    /** The answer may be written now. */
    synchronized void begin() {
        open();
        write(events.begin());
    }

    /** Takes a piece; the last has the end. */
    synchronized void put(ChatChunk chunk) {
        if (ended) {
            return;
        }
        pending.addLast(chunk);
        drain();
    }

    /** The client has taken something, or has gone. */
    synchronized void drain() {
        if (!channel.isActive()) {
            pending.clear();
            return;
        }
        while (!pending.isEmpty() && channel.isWritable()) {
            ChatChunk next = joined();
            if (next.end() == null) {
                write(events.of(next));
            } else {
                finish(events.of(next));
            }
        }
    }

    /** The next piece, with all that follow it and are of its kind. */
    private ChatChunk joined() {
        ChatChunk first = pending.removeFirst();
        if (!isText(first) || !follows(first, pending.peekFirst())) {
            return first;
        }
        var text = new StringBuilder(first.text());
        List<TokenLogprob> logprobs = new ArrayList<>(first.logprobs());
        while (follows(first, pending.peekFirst())) {
            ChatChunk next = pending.removeFirst();
            text.append(next.text());
            logprobs.addAll(next.logprobs());
        }
        ChatChunk all =
                first.type() == ChatChunk.Type.REASONING
                        ? ChatChunk.reasoning(text.toString())
                        : ChatChunk.answer(text.toString());
        return all.withLogprobs(logprobs);
    }

    private static boolean isText(ChatChunk chunk) {
        return chunk.type() == ChatChunk.Type.REASONING || chunk.type() == ChatChunk.Type.ANSWER;
    }

    private static boolean follows(ChatChunk first, @Nullable ChatChunk next) {
        return next != null && next.type() == first.type();
    }

    /** Ends in a failure: with its own status, if nothing has gone out, else with an event. */
    synchronized void fail(Refusal refusal, Map<String, String> headers) {
        if (ended) {
            return;
        }
        if (begun) {
            // What came before the failure is kept, whether the client is slow or not.
            while (!pending.isEmpty()) {
                write(events.of(joined()));
            }
            exchange.close();
            finish(events.failure(api.error(refusal, exchange.id())));
        } else {
            ended = true;
            exchange.refuse(api, refusal, headers);
        }
    }

    private void finish(String text) {
        ended = true;
        exchange.lastEvents(text);
    }

    /** No more signs of life. What was put goes out nevertheless. */
    @Override
    public void close() {
        beating.cancel(false);
    }
}
