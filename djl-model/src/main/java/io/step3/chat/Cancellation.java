package io.step3.chat;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A cancellation token: {@link #cancel} asks from any thread, once and for all, that work ends.
 * What computes polls it between tokens, between chunks of a prompt and between layers of the
 * vision tower; what waits in a call that cannot poll, such as a read from a server, registers an
 * action with {@link #onCancel}. Only its creator cancels it: until then it serves for any number
 * of requests, one after the other or at once.
 */
public final class Cancellation {

    private final @Nullable Cancellation outer;

    /** In the order of their coming; also the lock that makes telling and listening one step. */
    private final Set<Listener> listeners = new LinkedHashSet<>();

    private volatile boolean cancelled;

    /** A token that is not cancelled. */
    public Cancellation() {
        this(null);
    }

    private Cancellation(@Nullable Cancellation outer) {
        this.outer = outer;
    }

    /** A token that is cancelled by itself or together with an outer one. */
    public static Cancellation within(Cancellation outer) {
        return new Cancellation(outer);
    }

    /**
     * Cancels, and runs the registered actions in this thread. It cannot be undone; a second call
     * does nothing.
     *
     * @throws RuntimeException of an action that failed; all others have run
     */
    public void cancel() {
        List<Listener> told;
        synchronized (listeners) {
            cancelled = true;
            told = List.copyOf(listeners);
            listeners.clear();
        }
        RuntimeException failure = null;
        for (Listener listener : told) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * Registers an action that runs once on cancellation, in the thread that cancels; if it was
     * cancelled already it runs now, in this thread. It should interrupt a wait, such as by closing
     * a connection, and must not block.
     *
     * @return to be closed when the wait is over: the token may live much longer, and keeps the
     *     action until then
     */
    public Registration onCancel(Runnable action) {
        Listener listener = new Listener(action);
        for (Cancellation one = this; one != null; one = one.outer) {
            one.add(listener);
        }
        return listener;
    }

    private void add(Listener listener) {
        synchronized (listeners) {
            if (!cancelled) {
                listeners.add(listener);
                return;
            }
        }
        listener.run();
    }

    private void remove(Listener listener) {
        synchronized (listeners) {
            listeners.remove(listener);
        }
    }

    /** An action registered with a {@link Cancellation}. */
    public interface Registration extends AutoCloseable {

        /**
         * Removes the action. One that is running in another thread is not waited for. A second
         * call does nothing.
         */
        @Override
        void close();
    }

    private final class Listener implements Registration {

        private final Runnable action;
        private final AtomicBoolean done = new AtomicBoolean();

        Listener(Runnable action) {
            this.action = Objects.requireNonNull(action, "action");
        }

        void run() {
            if (done.compareAndSet(false, true)) {
                action.run();
            }
        }

        @Override
        public void close() {
            done.set(true);
            for (Cancellation one = Cancellation.this; one != null; one = one.outer) {
                one.remove(this);
            }
        }
    }

    /** Whether it was cancelled. */
    public boolean isCancelled() {
        return cancelled || outer != null && outer.isCancelled();
    }

    /** Throws {@link CancellationException} if it was cancelled. */
    public void throwIfCancelled() {
        if (isCancelled()) {
            throw new CancellationException("cancelled");
        }
    }
}
