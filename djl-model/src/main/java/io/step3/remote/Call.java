package io.step3.remote;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One request with its repetitions: a thread waits for it, any other may abort it. */
final class Call {

    private final CountDownLatch aborted = new CountDownLatch(1);
    private @Nullable CompletableFuture<HttpResponse<Arrivals>> sent;
    private @Nullable Arrivals body;

    /**
     * Sends and waits for the headers of the response.
     *
     * @return empty if it was aborted
     * @throws IOException if the connection was refused or broke
     * @throws Silence if no headers came in time
     */
    Optional<HttpResponse<Arrivals>> send(HttpClient client, HttpRequest request, Duration patience)
            throws IOException, Silence {
        CompletableFuture<HttpResponse<Arrivals>> response;
        synchronized (this) {
            if (isAborted()) {
                return Optional.empty();
            }
            response = client.sendAsync(request, headers -> arrivals());
            sent = response;
        }
        try {
            return Optional.of(response.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (CancellationException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            abort();
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (TimeoutException e) {
            response.cancel(true);
            throw new Silence();
        } catch (ExecutionException e) {
            if (isAborted()) {
                return Optional.empty();
            }
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    private Arrivals arrivals() {
        var arrivals = new Arrivals();
        synchronized (this) {
            body = arrivals;
        }
        if (isAborted()) {
            arrivals.abort();
        }
        return arrivals;
    }

    /** Waits; at once over, and for good, when it is aborted. */
    void pause(Duration time) {
        try {
            aborted.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            abort();
            Thread.currentThread().interrupt();
        }
    }

    boolean isAborted() {
        return aborted.getCount() == 0;
    }

    /** Ends every wait and closes the connection, by which the server sees that nobody listens. */
    void abort() {
        CompletableFuture<HttpResponse<Arrivals>> waiting;
        Arrivals reading;
        synchronized (this) {
            aborted.countDown();
            waiting = sent;
            reading = body;
        }
        if (reading != null) {
            reading.abort();
        }
        if (waiting != null) {
            waiting.cancel(true);
        }
    }
}
