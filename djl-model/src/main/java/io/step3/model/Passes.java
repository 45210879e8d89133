package io.step3.model;

import io.step3.checkpoint.Hold;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Computes the forward passes of a model, one at a time, and owns the memory that they work in: as
 * much as the largest pass so far has needed. For any thread.
 */
final class Passes implements AutoCloseable {

    private final TextModel text;
    private final Backends backends;
    private final Placement placement;
    private final Hold hold;
    private final int usualTokens;

    /** Held while a pass is computed, and by what frees memory that a pass may use. */
    private final ReentrantLock computing = new ReentrantLock();

    /** Guarded by {@link #computing}, as what follows. */
    private final Streams streams;

    private @Nullable Workspace work;

    /**
     * Nothing is reserved yet.
     *
     * @param usualTokens what a pass will have room for at least
     */
    Passes(TextModel text, Backends backends, Placement placement, Hold hold, int usualTokens) {
        this.text = text;
        this.backends = backends;
        this.placement = placement;
        this.hold = hold;
        this.usualTokens = usualTokens;
        this.streams = new Streams(backends, placement);
    }

    /** Runs what must not happen during a pass of others. */
    void alone(Runnable action) {
        computing.lock();
        try {
            action.run();
        } finally {
            computing.unlock();
        }
    }

    /** Computes a pass and moves its sequences on; to be run {@link #alone}. */
    void compute(List<Span> spans) {
        for (Span span : spans) {
            span.sequence().touch(span.count());
        }
        hold.reading(
                () -> {
                    text.forward(Pass.of(streams, workspace(spans), spans));
                    streams.await();
                    return null;
                });
        for (Span span : spans) {
            if (hasNan(span.logits())) {
                hold.requireUnchanged();
            }
        }
        for (Span span : spans) {
            span.sequence().advance(span.history());
        }
    }

    private Workspace workspace(List<Span> spans) {
        int tokens = 0;
        int logits = 0;
        for (Span span : spans) {
            tokens += span.count();
            logits += span.logitRows();
        }
        if (work == null || !work.holds(tokens, logits)) {
            free();
            work =
                    new Workspace(
                            text,
                            backends,
                            placement,
                            Math.max(tokens, usualTokens),
                            Math.max(logits, 1));
        }
        return work;
    }

    private void free() {
        if (work != null) {
            work.close();
            work = null;
        }
    }

    private static boolean hasNan(float[] numbers) {
        for (int i = 0; numbers != null && i < numbers.length; i++) {
            if (Float.isNaN(numbers[i])) {
                return true;
            }
        }
        return false;
    }

    /** Waits for the pass in work. */
    @Override
    public void close() {
        alone(
                () -> {
                    free();
                    streams.close();
                });
    }
}
