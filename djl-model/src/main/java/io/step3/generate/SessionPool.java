package io.step3.generate;

import io.step3.chat.Cancellation;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Step3Model;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The sessions of all answers, and those that wait for the next request with their caches full. A
 * request takes the one that shares the longest prefix with its prompt, so that the second turn of
 * a chat computes only what is new, whoever asks.
 *
 * <p>Together they keep within a number of bytes: idle sessions are closed, least recently used
 * first, and then those of answers that nobody has read on for {@value #FORGOTTEN_SECONDS} seconds.
 * Such an answer may be forgotten, and no garbage collection need come to tell; if it is read on
 * after all, its prompt and its words are computed again. Sessions at work are never taken.
 */
final class SessionPool implements AutoCloseable {

    private static final long FORGOTTEN_SECONDS = 1;

    private final Step3Model model;
    private final int most;
    private final long mostBytes;

    /** Oldest first. */
    private final List<Idle> waiting = new ArrayList<>();

    private final Set<Lease> leases = new LinkedHashSet<>();
    private boolean closed;

    /**
     * A session between requests.
     *
     * @param session holds the last prompt and what was written after it
     * @param promptLength tokens of the last prompt
     */
    private record Idle(Session session, int promptLength) {}

    /**
     * An empty pool.
     *
     * @param most sessions kept waiting; more may be at work
     * @param mostBytes memory of all sessions together
     */
    SessionPool(Step3Model model, int most, long mostBytes) {
        this.model = model;
        this.most = most;
        this.mostBytes = mostBytes;
    }

    /**
     * A hold on the session best prepared for a prompt, or a new one. It must be ended.
     *
     * @throws IllegalStateException if the model is closed
     */
    Lease lease(Prompt prompt, Cancellation caller) {
        Lease lease = new Lease(this, prompt, caller);
        synchronized (waiting) {
            requireOpen();
            leases.add(lease);
        }
        return lease;
    }

    /** Forgets a lease that has ended. */
    void ended(Lease lease) {
        synchronized (waiting) {
            leases.remove(lease);
        }
    }

    /** The session best prepared for a prompt, or a new one. Give it {@link #back}. */
    Session take(Prompt prompt) {
        List<Session> surplus;
        synchronized (waiting) {
            requireOpen();
            Idle best = best(prompt);
            if (best != null) {
                waiting.remove(best);
                return best.session;
            }
            surplus = surplus();
        }
        surplus.forEach(Session::close);
        return model.newSession();
    }

    /** How many leading tokens of a prompt the session holds that it would get now. */
    int shared(Prompt prompt) {
        synchronized (waiting) {
            Idle best = best(prompt);
            return best == null ? 0 : best.session.sharedPrefix(prompt);
        }
    }

    private Idle best(Prompt prompt) {
        Idle best = null;
        int longest = 0;
        for (Idle idle : waiting) {
            int shared = idle.session.sharedPrefix(prompt);
            if (shared > longest) {
                best = idle;
                longest = shared;
            }
        }
        // Another chat that shares little more than a system prompt keeps its cache while there is
        // room for a new one. What was written after the prompt does not count: the next turn's
        // prompt leaves its reasoning out.
        if (best != null && 2 * longest < best.promptLength) {
            best = null;
        }
        boolean full = !waiting.isEmpty() && waiting.size() >= most;
        return best == null && full ? waiting.getFirst() : best;
    }

    /** Keeps a session for the next request, and closes what is then too much. */
    void back(Session session, Prompt prompt) {
        List<Session> surplus = new ArrayList<>();
        boolean keep;
        synchronized (waiting) {
            keep = !closed;
        }
        if (keep) {
            session.trim();
        }
        synchronized (waiting) {
            if (closed) {
                surplus.add(session);
            } else {
                waiting.add(new Idle(session, prompt.length()));
                if (waiting.size() > most) {
                    surplus.add(waiting.removeFirst().session);
                }
                surplus.addAll(surplus());
            }
        }
        surplus.forEach(Session::close);
    }

    /** Answers that have not ended. */
    int atWork() {
        synchronized (waiting) {
            return leases.size();
        }
    }

    /** Bytes of all sessions. */
    long bytes() {
        synchronized (waiting) {
            return waiting.stream().mapToLong(idle -> idle.session.bytes()).sum()
                    + leases.stream().mapToLong(Lease::bytes).sum();
        }
    }

    /** Refuses where the pool is closed. */
    void checkOpen() {
        synchronized (waiting) {
            requireOpen();
        }
    }

    /** Takes out what must be closed to keep within the bytes. */
    private List<Session> surplus() {
        long bytes = bytes();
        List<Session> surplus = new ArrayList<>();
        while (bytes > mostBytes && !waiting.isEmpty()) {
            surplus.add(waiting.removeFirst().session);
            bytes -= surplus.getLast().bytes();
        }
        if (bytes > mostBytes) {
            List<Lease> longestFirst =
                    leases.stream().sorted(Comparator.comparingLong(Lease::waitsSince)).toList();
            for (Lease lease : longestFirst) {
                Session forgotten = bytes > mostBytes ? lease.takeAway(FORGOTTEN_SECONDS) : null;
                if (forgotten != null) {
                    surplus.add(forgotten);
                    bytes -= forgotten.bytes();
                }
            }
        }
        return surplus;
    }

    /** Ends all answers, waiting for the tokens in work, and closes all sessions. */
    @Override
    public void close() {
        List<Idle> idle;
        List<Lease> open;
        synchronized (waiting) {
            closed = true;
            idle = List.copyOf(waiting);
            waiting.clear();
            open = List.copyOf(leases);
        }
        idle.forEach(i -> i.session.close());
        open.forEach(Lease::stop);
        open.forEach(Lease::end);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }
}
