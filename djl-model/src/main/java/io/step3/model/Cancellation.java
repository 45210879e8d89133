package io.step3.model;

import java.util.concurrent.CancellationException;

/** A request to stop, made by any thread and honoured between tokens and between prefill chunks. */
public final class Cancellation {

    private volatile boolean cancelled;

    /** Asks whoever holds this to stop. */
    public void cancel() {
        cancelled = true;
    }

    /** Whether somebody asked to stop. */
    public boolean isCancelled() {
        return cancelled;
    }

    /** Throws {@link CancellationException} if somebody asked to stop. */
    public void throwIfCancelled() {
        if (cancelled) {
            throw new CancellationException("cancelled");
        }
    }
}
