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

    /**
     * Most sequences that are computed in two halves. Each half reads its own experts: of 48, 3 for
     * a token, four tokens in two halves read 6 % more than four together, eight 13 %; and the
     * processor that reads them is what a pass waits for.
     */
    private static final int MOST_HALVED = 4;

    private final TextModel text;
    private final Backends backends;
    private final Placement placement;
    private final Hold hold;

    /** Whether attention is on a device, and routed experts are not. */
    private final boolean apart;

    /** Held while a pass is computed, and by what frees memory that a pass may use. */
    private final ReentrantLock computing = new ReentrantLock();

    /** Guarded by {@link #computing}, as what follows. */
    private final Streams streams;

    private final Room room;

    /** Of the second half of a pass, where there are halves. */
    private final Room secondRoom = new Room(MOST_HALVED / 2);

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
        this.room = new Room(usualTokens);
        this.apart = placement.attention() == Where.GPU && placement.routed().contains(Where.CPU);
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
                    try {
                        forward(spans);
                        streams.await();
                    } catch (RuntimeException | Error e) {
                        streams.settle(e);
                        throw e;
                    }
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

    private void forward(List<Span> spans) {
        if (isHalved(spans)) {
            List<Span> first = spans.subList(0, (spans.size() + 1) / 2);
            List<Span> second = spans.subList(first.size(), spans.size());
            text.forward(room.pass(first), secondRoom.pass(second));
        } else {
            text.forward(room.pass(spans));
        }
    }

    /**
     * Whether the sequences, a token of each, are computed in two halves: where attention is on a
     * device and experts are not.
     */
    private boolean isHalved(List<Span> spans) {
        if (!apart || spans.size() < 2 || spans.size() > MOST_HALVED) {
            return false;
        }
        for (Span span : spans) {
            if (span.count() > 1) {
                return false;
            }
        }
        return true;
    }

    /** The memory of passes over some spans: as much as the largest so far has needed. */
    private final class Room {

        private final int usualTokens;
        private @Nullable Workspace work;

        Room(int usualTokens) {
            this.usualTokens = usualTokens;
        }

        Pass pass(List<Span> spans) {
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
            return Pass.of(streams, work, spans);
        }

        void free() {
            if (work != null) {
                work.close();
                work = null;
            }
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
                    room.free();
                    secondRoom.free();
                    streams.close();
                });
    }
}
