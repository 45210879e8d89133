package io.step3.generate;

import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Step3Model;
import java.util.ArrayList;
import java.util.List;

/**
 * Sessions that wait for the next request with their caches full. A request takes the one that
 * shares the longest prefix with its prompt, so that the second turn of a chat computes only what
 * is new, whoever asks.
 */
final class SessionPool implements AutoCloseable {

    private final Step3Model model;
    private final int most;

    /** Oldest first. */
    private final List<Idle> waiting = new ArrayList<>();

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
     */
    SessionPool(Step3Model model, int most) {
        this.model = model;
        this.most = most;
    }

    /** The session best prepared for a prompt, or a new one. Give it {@link #back}. */
    Session take(Prompt prompt) {
        synchronized (waiting) {
            if (closed) {
                throw new IllegalStateException("the model is closed");
            }
            Idle best = null;
            int longest = 0;
            for (Idle idle : waiting) {
                int shared = idle.session.sharedPrefix(prompt);
                if (shared > longest) {
                    best = idle;
                    longest = shared;
                }
            }
            // Another chat that shares little more than a system prompt keeps its cache while
            // there is room for a new one. What was written after the prompt does not count: the
            // next turn's prompt leaves its reasoning out.
            if (best != null && 2 * longest < best.promptLength) {
                best = null;
            }
            if (best == null && waiting.size() == most) {
                best = waiting.getFirst();
            }
            if (best != null) {
                waiting.remove(best);
                return best.session;
            }
        }
        return model.newSession();
    }

    /** Keeps a session for the next request, or closes the oldest if enough are waiting. */
    void back(Session session, Prompt prompt) {
        Session surplus = null;
        synchronized (waiting) {
            if (closed) {
                surplus = session;
            } else {
                waiting.add(new Idle(session, prompt.length()));
                surplus = waiting.size() > most ? waiting.removeFirst().session : null;
            }
        }
        if (surplus != null) {
            surplus.close();
        }
    }

    /** Closes the waiting sessions; those at work are closed when they come back. */
    @Override
    public void close() {
        List<Idle> idle;
        synchronized (waiting) {
            closed = true;
            idle = List.copyOf(waiting);
            waiting.clear();
        }
        idle.forEach(i -> i.session.close());
    }
}
