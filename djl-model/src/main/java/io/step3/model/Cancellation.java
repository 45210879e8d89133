package io.step3.model;

import java.util.concurrent.CancellationException;

/** A request to stop, made by any thread and honoured between tokens and between prefill chunks. */
public final class Cancellation {

    private final Cancellation outer;
    private volatile boolean cancelled;

    /** A request that nobody made yet. */
    public Cancellation() {
        this(null);
    }

    private Cancellation(Cancellation outer) {
        this.outer = outer;
    }

    /** A request of its own that is made, too, where the outer one is. */
    public static Cancellation within(Cancellation outer) {
        return new Cancellation(outer);
    }

    /** Asks whoever holds this to stop. */
    public void cancel() {
        cancelled = true;
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
