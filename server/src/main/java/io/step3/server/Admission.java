package io.step3.server;

import io.step3.chat.Cancellation;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Who may have an answer written now. So many at a time; the others wait, clients in turn and each
 * client's requests in their order, so that one who asks twenty times at once does not keep another
 * from a single question. For any thread.
 */
final class Admission {

    private static final Duration LEAST_RETRY = Duration.ofSeconds(1);
    private static final Duration MOST_RETRY = Duration.ofSeconds(30);

    /** How much the last answer counts in what answers take. */
    private static final double WEIGHT = 0.2;

    private enum Verdict {
        COME,
        LEFT,
        STOPPED
    }

    private record Ticket(String client, CompletableFuture<Verdict> verdict) {}

    private final int parallel;
    private final int queue;

    /** By client; whose turn it is stands first. */
    private final Map<String, Deque<Ticket>> tickets = new LinkedHashMap<>();

    private int running;
    private int waiting;
    private boolean stopping;

    /** What an answer takes, in seconds. */
    private double duration = 1;

    Admission(int parallel, int queue) {
        this.parallel = parallel;
        this.queue = queue;
    }

    /**
     * Waits for a place.
     *
     * @param cancellation ends the waiting
     * @return a place to be given back; one of a client that has left is none
     * @throws RefusedException if too many wait already, or the server stops
     */
    Place enter(String client, Cancellation cancellation) {
        var ticket = new Ticket(client, new CompletableFuture<>());
        synchronized (this) {
            if (stopping) {
                throw stopped();
            }
            if (running < parallel && waiting == 0) {
                running++;
                return new Place(true);
            }
            if (waiting >= queue) {
                throw full();
            }
            tickets.computeIfAbsent(client, c -> new ArrayDeque<>()).addLast(ticket);
            waiting++;
        }
        try (var listening = cancellation.onCancel(() -> leave(ticket))) {
            return switch (ticket.verdict().join()) {
                case COME -> new Place(true);
                case LEFT -> new Place(false);
                case STOPPED -> throw stopped();
            };
        }
    }

    private static RefusedException stopped() {
        return new RefusedException(
                Refusal.of(
                                Refusal.Kind.STOPPING,
                                "The server is being stopped: try again in a while.")
                        .retry(LEAST_RETRY));
    }

    private RefusedException full() {
        double seconds = duration * (waiting + 1) / parallel;
        Duration after =
                Duration.ofSeconds(
                        (long)
                                Math.clamp(
                                        Math.ceil(seconds),
                                        LEAST_RETRY.toSeconds(),
                                        MOST_RETRY.toSeconds()));
        return new RefusedException(
                Refusal.of(
                                Refusal.Kind.BUSY,
                                "%d requests are being answered and %d wait: try again in %d s."
                                        .formatted(running, waiting, after.toSeconds()))
                        .retry(after));
    }

    private synchronized void leave(Ticket ticket) {
        Deque<Ticket> own = tickets.get(ticket.client());
        if (own != null && own.remove(ticket)) {
            if (own.isEmpty()) {
                tickets.remove(ticket.client());
            }
            waiting--;
            ticket.verdict().complete(Verdict.LEFT);
        }
    }

    private synchronized void giveBack(double seconds) {
        duration += WEIGHT * (seconds - duration);
        running--;
        while (running < parallel && waiting > 0) {
            var first = tickets.entrySet().iterator().next();
            Deque<Ticket> own = tickets.remove(first.getKey());
            Ticket next = own.removeFirst();
            if (!own.isEmpty()) {
                tickets.put(first.getKey(), own); // behind the others
            }
            waiting--;
            running++;
            next.verdict().complete(Verdict.COME);
        }
    }

    /** Refuses whoever comes, and sends away whoever waits. */
    synchronized void stop() {
        stopping = true;
        for (Deque<Ticket> own : tickets.values()) {
            own.forEach(ticket -> ticket.verdict().complete(Verdict.STOPPED));
        }
        tickets.clear();
        waiting = 0;
    }

    synchronized boolean isStopping() {
        return stopping;
    }

    /** Answers that are being written. */
    synchronized int running() {
        return running;
    }

    /** Requests that wait for their turn. */
    synchronized int waiting() {
        return waiting;
    }

    /** The right to have an answer written, until closed. */
    final class Place implements AutoCloseable {

        private final boolean given;
        private final long began = System.nanoTime();
        private boolean closed;

        private Place(boolean given) {
            this.given = given;
        }

        /** Whether there is one: whoever left while waiting has none. */
        boolean isGiven() {
            return given;
        }

        @Override
        public void close() {
            if (given && !closed) {
                closed = true;
                giveBack((System.nanoTime() - began) * 1e-9);
            }
        }
    }
}
