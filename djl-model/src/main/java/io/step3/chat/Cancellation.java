package io.step3.chat;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A wish to stop, made once by any thread and kept by whoever computes: between tokens, between
 * chunks of a prompt and between layers of a picture. It belongs to who made it: one that nobody
 * has cancelled serves for any number of requests, one after the other or at once.
 */
public final class Cancellation {

    private final @Nullable Cancellation outer;
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

    /** Asks whoever holds this to stop. It cannot be taken back. */
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
