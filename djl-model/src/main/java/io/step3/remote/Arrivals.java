package io.step3.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response as it arrives. One thread reads and waits no longer than it says; {@link
 * #abort} may come from any other. What was not asked for stays with the server: at most one piece
 * of the network waits here.
 */
final class Arrivals implements HttpResponse.BodySubscriber<Arrivals> {

    private static final Duration DRAINING = Duration.ofSeconds(1);

    /** What the network tells the reader. */
    private sealed interface News {}

    private record Bytes(byte[] bytes) implements News {}

    private record Failed(Throwable cause) implements News {}

    private enum Ended implements News {
        WHOLE,
        ABORTED
    }

    private final LinkedBlockingQueue<News> news = new LinkedBlockingQueue<>();
    private Flow.@Nullable Subscription subscription;
    private boolean aborted;
    private volatile boolean drained;

    /** What ended it; the reader's. */
    private @Nullable News end;

    @Override
    public CompletionStage<Arrivals> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        synchronized (this) {
            subscription = given;
            if (!aborted) {
                given.request(1);
                return;
            }
        }
        given.cancel();
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        if (drained) {
            return;
        }
        int size = buffers.stream().mapToInt(ByteBuffer::remaining).sum();
        byte[] bytes = new byte[size];
        int at = 0;
        for (ByteBuffer buffer : buffers) {
            int length = buffer.remaining();
            buffer.get(bytes, at, length);
            at += length;
        }
        news.add(new Bytes(bytes));
    }

    @Override
    public void onError(Throwable failure) {
        news.add(new Failed(failure));
    }

    @Override
    public void onComplete() {
        news.add(Ended.WHOLE);
    }

    /**
     * The next bytes; empty if there are no more, or after {@link #abort}.
     *
     * @throws IOException if the connection broke
     * @throws Silence if nothing came in time
     */
    Optional<byte[]> next(Duration patience) throws IOException, Silence {
        if (end == null) {
            News told = poll(patience);
            if (told instanceof Bytes(byte[] bytes)) {
                requestMore();
                return Optional.of(bytes);
            }
            end = told;
        }
        if (end instanceof Failed(Throwable cause)) {
            throw new IOException(cause);
        }
        return Optional.empty();
    }

    private News poll(Duration patience) throws Silence {
        try {
            News told = news.poll(Math.max(0, patience.toNanos()), TimeUnit.NANOSECONDS);
            if (told != null) {
                return told;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Ended.ABORTED;
        }
        throw new Silence();
    }

    private synchronized void requestMore() {
        if (subscription != null && !aborted) {
            subscription.request(1);
        }
    }

    /**
     * What still comes is of no interest; a body that soon ends leaves its connection for others.
     */
    void drain() {
        synchronized (this) {
            if (aborted || drained || subscription == null) {
                return;
            }
            drained = true;
            subscription.request(Long.MAX_VALUE);
        }
        CompletableFuture.delayedExecutor(DRAINING.toMillis(), TimeUnit.MILLISECONDS)
                .execute(this::cut);
    }

    /** Closes the connection, unless all has come or {@link #drain} sees to it. */
    void abort() {
        if (!drained) {
            cut();
        }
    }

    private void cut() {
        Flow.Subscription open;
        synchronized (this) {
            if (aborted) {
                return;
            }
            aborted = true;
            open = subscription;
        }
        news.add(Ended.ABORTED);
        if (open != null) {
            open.cancel();
        }
    }

    /** All of it, cut after so many bytes; what the network then fails at is not missed. */
    byte[] first(int limit, Duration patience) {
        var bytes = new ByteArrayOutputStream();
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (bytes.size() < limit) {
                Optional<byte[]> some = next(Duration.ofNanos(end - System.nanoTime()));
                if (some.isEmpty()) {
                    break;
                }
                bytes.writeBytes(some.get());
            }
        } catch (IOException | Silence e) {
            // What came is all there is to say.
        }
        abort();
        return bytes.size() <= limit
                ? bytes.toByteArray()
                : Arrays.copyOf(bytes.toByteArray(), limit);
    }
}
