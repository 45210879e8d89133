package io.step3.chat;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A wish to stop, made once by any thread and kept by whoever computes: between tokens, between
 * chunks of a prompt and between layers of a picture. Who waits and cannot look at it, for the
 * bytes of a server perhaps, is told by {@link #onCancel}. It belongs to who made it: one that
 * nobody has cancelled serves for any number of requests, one after the other or at once.
 */
public final class Cancellation {

    private final @Nullable Cancellation outer;

    /** In the order of their coming; also the lock that makes telling and listening one step. */
    private final Set<Listener> listeners = new LinkedHashSet<>();

    private volatile boolean cancelled;

    /** A wish that nobody has made yet. */
    public Cancellation() {
        this(null);
    }

    private Cancellation(@Nullable Cancellation outer) {
        this.outer = outer;
    }

    /** A wish of its own that is made, too, where the outer one is. */
    public static Cancellation within(Cancellation outer) {
        return new Cancellation(outer);
    }

    /**
     * Asks whoever holds this to stop, and runs in this thread what was registered. It cannot be
     * taken back; a second call does nothing.
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
     * Runs an action once when somebody asks to stop, in the thread that asks, and at once in this
     * one if somebody has asked already. It should break off a wait, such as by closing a
     * connection, and must not wait itself.
     *
     * @return to be closed when there is nothing left to break off: this may live much longer, and
     *     keeps the action until then
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

    /** An action that waits for a {@link Cancellation}. */
    public interface Registration extends AutoCloseable {

        /**
         * Forgets the action. One that is running in another thread is not waited for. A second
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

    /** Whether somebody asked to stop. */
    public boolean isCancelled() {
        return cancelled || outer != null && outer.isCancelled();
    }

    /** Throws {@link CancellationException} if somebody asked to stop. */
    public void throwIfCancelled() {
        if (isCancelled()) {
            throw new CancellationException("cancelled");
        }
    }
}
