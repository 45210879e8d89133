package io.step3.generate;

import io.step3.chat.Cancellation;
import io.step3.model.Prompt;
import io.step3.model.Session;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An answer's hold on a session: taken when the first token is asked for, given back once at the
 * end. While the answer waits to be read on, its session may be taken away for others; the next
 * {@link #enter} then finds another session, which knows nothing of the answer.
 *
 * <p>Knows nothing of the answer itself, so that an answer that nobody can reach any more can be
 * collected while its lease is still there to be ended. For any thread.
 */
final class Lease {

    private final SessionPool pool;
    private final Prompt prompt;
    private final Cancellation stop;
    private final ReentrantLock lock = new ReentrantLock();

    private volatile Session session;
    private volatile long waitsSince;
    private boolean ended;

    /**
     * A lease without a session yet: see {@link SessionPool#lease}.
     *
     * @param caller's own wish to stop, which is never set here
     */
    Lease(SessionPool pool, Prompt prompt, Cancellation caller) {
        this.pool = pool;
        this.prompt = prompt;
        this.stop = Cancellation.within(caller);
    }

    /** Asks the answer to stop at the next token or chunk of its prompt. */
    void stop() {
        stop.cancel();
    }

    /** Made by the caller or by {@link #stop}. */
    Cancellation cancellation() {
        return stop;
    }

    /**
     * The session, for this thread alone until it calls {@link #leave}. Where the last one was
     * taken away it is another object.
     *
     * @throws CancellationException if the lease has ended
     */
    Session enter() {
        lock.lock();
        try {
            if (ended) {
                throw new CancellationException("the answer is closed");
            }
            if (session == null) {
                session = pool.take(prompt);
            }
            return session;
        } catch (Throwable e) {
            lock.unlock();
            throw e;
        }
    }

    /** Lets go of the session until the next token is asked for. */
    void leave() {
        waitsSince = System.nanoTime();
        lock.unlock();
    }

    /** Gives the session back; waits for the token in work. A second call does nothing. */
    void end() {
        Session last = endAndTake();
        pool.ended(this);
        if (last != null) {
            pool.back(last, prompt);
        }
    }

    /** As {@link #end}, for a session that failed: nobody shall have it after this. */
    void discard() {
        Session last = endAndTake();
        pool.ended(this);
        if (last != null) {
            last.close();
        }
    }

    private Session endAndTake() {
        lock.lock();
        try {
            ended = true;
            Session last = session;
            session = null;
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of the session; 0 without one, and an estimate while it is at work. */
    long bytes() {
        Session held = session;
        return held == null ? 0 : held.bytes();
    }

    /** When the last token was there, in nanoseconds. */
    long waitsSince() {
        return waitsSince;
    }

    /**
     * Takes the session away if nobody has asked for a token for some time.
     *
     * @return the session, now the caller's to close, or null
     */
    Session takeAway(long seconds) {
        if (!lock.tryLock()) {
            return null;
        }
        try {
            long waited = System.nanoTime() - waitsSince;
            if (lock.getHoldCount() > 1 || waited < TimeUnit.SECONDS.toNanos(seconds)) {
                return null;
            }
            Session taken = session;
            session = null;
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
