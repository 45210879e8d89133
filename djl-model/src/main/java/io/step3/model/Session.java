package io.step3.model;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * One {@link Sequence} that runs its own forward passes, in the calling thread.
 *
 * <p>{@link #read} takes a whole prompt and computes only what the session has not seen: where the
 * prompt begins like what the session holds, the cache is kept. {@link #append} adds one token.
 * {@link #rewind} forgets the end. A session may be handed from thread to thread but runs one call
 * at a time; {@link #close} ends a running call and frees its memory.
 */
public final class Session implements AutoCloseable {

    private final Step3Model model;
    private final Sequence sequence;
    private final ReentrantLock lock = new ReentrantLock();

    /** Of the last token read. */
    private final float[] logits;

    private volatile boolean closed;

    Session(Step3Model model) {
        this.model = model;
        this.sequence = model.newSequence();
        this.logits = new float[model.vocabulary()];
    }

    /** Tokens in the cache. */
    public int position() {
        return sequence.position();
    }

    /** Most tokens that fit. */
    public int capacity() {
        return sequence.capacity();
    }

    /** Logits that a token has. */
    public int vocabulary() {
        return logits.length;
    }

    /** Bytes of memory that the session takes now: its cache as far as it was written. */
    public long bytes() {
        return sequence.bytes();
    }

    /** See {@link Sequence#trim}. */
    public void trim() {
        run(
                () -> {
                    sequence.trim();
                    return null;
                });
    }

    /** How many leading tokens of a prompt the cache already holds. */
    public int sharedPrefix(Prompt prompt) {
        return run(() -> sequence.shared(prompt));
    }

    /**
     * Reads a prompt: keeps the cache of the prefix it shares with what was read before, computes
     * the rest in chunks, and leaves the last token's {@link #logits}.
     *
     * @param stop asked between layers of a picture and chunks of the prompt, true to end it
     * @return tokens that came from the cache; at least the last token is always computed
     * @throws CancellationException if {@code stop} said so; the cache then holds the chunks that
     *     were done
     * @throws IllegalArgumentException if the prompt does not fit, ids are no ids of the
     *     vocabulary, or pictures and image tokens do not match; the session is as it was
     * @throws io.step3.checkpoint.CheckpointException if a file of the checkpoint is lost: the
     *     session is then of no use any more
     * @throws IllegalStateException if the session or its model is closed, also while it reads
     */
    public int read(Prompt prompt, BooleanSupplier stop, ForwardObserver observer) {
        return run(
                () -> {
                    try (Reading reading = sequence.read(prompt)) {
                        long began = System.nanoTime();
                        while (reading.hasUnseen()) {
                            reading.look(stop);
                        }
                        observer.spent(Stage.VISION, System.nanoTime() - began);
                        int most = model.options().prefillChunk();
                        while (reading.left() > 0) {
                            Step3Model.endIf(stop);
                            requireOpen();
                            model.step(List.of(reading.next(most, logits, observer)));
                        }
                        return reading.cached();
                    }
                });
    }

    /**
     * Appends one token and leaves its {@link #logits}.
     *
     * @throws IllegalArgumentException if the context is full
     * @throws io.step3.checkpoint.CheckpointException if a file of the checkpoint is lost: the
     *     session is then of no use any more
     * @throws IllegalStateException if the session or its model is closed
     */
    public void append(int token, ForwardObserver observer) {
        run(
                () -> {
                    model.step(List.of(sequence.next(token, logits, observer)));
                    return null;
                });
    }

    /**
     * Copies the logits of the last token read.
     *
     * @param target receives {@code [vocabulary]}
     */
    public void logits(float[] target) {
        run(
                () -> {
                    System.arraycopy(logits, 0, target, 0, target.length);
                    return null;
                });
    }

    /**
     * Forgets everything from a position on.
     *
     * @param to from 0 to {@link #position}
     */
    public void rewind(int to) {
        run(
                () -> {
                    sequence.rewind(to);
                    return null;
                });
    }

    private <T> T run(Supplier<T> action) {
        lock.lock();
        try {
            requireOpen();
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        model.requireOpen();
        if (closed) {
            throw new IllegalStateException("the session is closed");
        }
    }

    /**
     * Ends a call that is running, at the next layer of a picture or chunk of a prompt, and frees
     * the cache. A second call does nothing.
     */
    @Override
    public void close() {
        closed = true;
        sequence.close();
    }
}
