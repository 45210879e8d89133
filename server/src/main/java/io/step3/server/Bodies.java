package io.step3.server;

import java.util.concurrent.atomic.AtomicLong;

/** What the bodies of all requests may take together, from their first byte to their answer. */
final class Bodies {

    private final long most;
    private final AtomicLong taken = new AtomicLong();

    /**
     * None taken.
     *
     * @param most bytes
     */
    Bodies(long most) {
        this.most = most;
    }

    /** Whether so many bytes more may be taken; if so, they are. */
    boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= most) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    long taken() {
        return taken.get();
    }
}
