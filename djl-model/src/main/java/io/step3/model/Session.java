package io.step3.model;

import io.step3.ops.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * One sequence in the making: what was read and written so far, and the keys and values of it.
 *
 * <p>{@link #read} takes a whole prompt and computes only what the session has not seen: where the
 * prompt begins like what the session holds, the cache is kept. {@link #append} adds one token.
 * {@link #rewind} forgets the end. A session may be handed from thread to thread but runs one call
 * at a time; {@link #close} ends a running call and frees all memory.
 */
public final class Session implements AutoCloseable {

    private final Step3Model model;
    private final Arena arena = Arena.ofShared();
    private final ReentrantLock lock = new ReentrantLock();
    private final KvCache cache;
    private final Workspace work;

    /** What stands at each cached position: see {@link SequenceKeys}. */
    private long[] keys = new long[256];

    private int position;

    /** Tokens whose place in the cache was ever written and is not given back. */
    private volatile int touched;

    private volatile boolean closed;

    Session(Step3Model model, int capacity, int chunk) {
        this.model = model;
        try {
            cache = new KvCache(arena, model.text().config(), capacity);
            work = new Workspace(arena, model.text(), model.kernels(), Math.min(chunk, capacity));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Tokens in the cache. */
    public int position() {
        return position;
    }

    /** Most tokens that fit. */
    public int capacity() {
        return cache.capacity();
    }

    /** Logits that a token has. */
    public int vocabulary() {
        return model.vocabulary();
    }

    /** Bytes of address space that the cache reserves; memory is committed as tokens arrive. */
    public long cacheBytes() {
        return cache.bytes();
    }

    /** Bytes of memory that the session takes now: its cache as far as it was written, and more. */
    public long bytes() {
        return cache.bytes(touched) + work.bytes();
    }

    /**
     * Gives the memory of what was forgotten back: a cache that once held a long text and now holds
     * a short one takes no more than the short one needs.
     */
    public void trim() {
        run(
                () -> {
                    if (touched > position) {
                        cache.release(position);
                        touched = position;
                    }
                    return null;
                });
    }

    /** How many leading tokens of a prompt the cache already holds. */
    public int sharedPrefix(Prompt prompt) {
        return run(() -> sharedPrefix(SequenceKeys.of(prompt, model)));
    }

    private int sharedPrefix(long[] wanted) {
        int common = Arrays.mismatch(keys, 0, position, wanted, 0, wanted.length);
        return common < 0 ? position : common;
    }

    /**
     * Reads a prompt: keeps the cache of the prefix it shares with what was read before, computes
     * the rest in chunks, and leaves the last token's {@link #logits}.
     *
     * @return tokens that came from the cache; at least the last token is always computed
     * @throws ContextOverflowException if the prompt does not fit; the session is as it was
     * @throws CancellationException if cancelled; the cache then holds the chunks that were done
     * @throws IllegalArgumentException if ids are no ids of the vocabulary, or pictures and image
     *     tokens do not match
     * @throws io.step3.checkpoint.CheckpointException if a file of the checkpoint is lost: the
     *     session is then of no use any more
     * @throws IllegalStateException if the session or its model is closed, also while it reads
     */
    public int read(Prompt prompt, Cancellation cancellation, ForwardObserver observer) {
        return run(
                () -> {
                    if (prompt.length() > capacity()) {
                        throw new ContextOverflowException(prompt.length(), capacity());
                    }
                    model.check(prompt);
                    long[] wanted = SequenceKeys.of(prompt, model);
                    int cached = Math.min(sharedPrefix(wanted), prompt.length() - 1);
                    position = cached;
                    Runnable check =
                            () -> {
                                cancellation.throwIfCancelled();
                                requireOpen();
                            };
                    try (Arena pictures = Arena.ofConfined()) {
                        long began = System.nanoTime();
                        var features = new PromptFeatures(model, prompt, cached, pictures, check);
                        observer.spent(Stage.VISION, System.nanoTime() - began);
                        while (position < prompt.length()) {
                            check.run();
                            int rows = Math.min(work.rows, prompt.length() - position);
                            chunk(prompt, wanted, rows, features, observer);
                        }
                    }
                    return cached;
                });
    }

    private void chunk(
            Prompt prompt,
            long[] wanted,
            int rows,
            PromptFeatures features,
            ForwardObserver observer) {
        for (int r = 0; r < rows; r++) {
            work.tokens.setAtIndex(ValueLayout.JAVA_INT, r, prompt.id(position + r));
        }
        Kernels kernels = model.kernels();
        kernels.embed(work.hidden, model.text().embedding(), work.tokens, rows);
        features.place(work.hidden, position, rows);
        boolean last = position + rows == prompt.length();
        forward(rows, last, observer);
        remember(wanted, position, rows);
        position += rows;
    }

    /**
     * Appends one token and leaves its {@link #logits}.
     *
     * @throws ContextOverflowException if the context is full
     * @throws io.step3.checkpoint.CheckpointException if a file of the checkpoint is lost: the
     *     session is then of no use any more
     * @throws IllegalStateException if the session or its model is closed
     */
    public void append(int token, ForwardObserver observer) {
        run(
                () -> {
                    if (position == capacity()) {
                        throw new ContextOverflowException(position + 1, capacity());
                    }
                    model.check(token);
                    work.tokens.setAtIndex(ValueLayout.JAVA_INT, 0, token);
                    model.kernels().embed(work.hidden, model.text().embedding(), work.tokens, 1);
                    forward(1, true, observer);
                    remember(new long[] {token}, 0, 1);
                    position++;
                    return null;
                });
    }

    private void forward(int rows, boolean wantsLogits, ForwardObserver observer) {
        TextModel text = model.text();
        Kernels kernels = model.kernels();
        touched = Math.max(touched, position + rows);
        text.forward(kernels, work, cache, position, rows, observer);
        long began = System.nanoTime();
        if (observer.wantsAllLogits()) {
            long rowBytes = work.logits.byteSize();
            try (Arena all = Arena.ofConfined()) {
                MemorySegment logits = all.allocate(rows * rowBytes, Float.BYTES);
                text.logits(kernels, work, logits, rows, rows);
                observer.logits(position, rows, logits);
                MemorySegment.copy(logits, (rows - 1) * rowBytes, work.logits, 0, rowBytes);
            }
        } else if (wantsLogits) {
            text.logits(kernels, work, work.logits, 1, rows);
            observer.logits(position + rows - 1, 1, work.logits);
        }
        observer.spent(Stage.HEAD, System.nanoTime() - began);
    }

    private void remember(long[] source, int from, int count) {
        if (position + count > keys.length) {
            keys = Arrays.copyOf(keys, Math.max(position + count, 2 * keys.length));
        }
        System.arraycopy(source, from, keys, position, count);
    }

    /**
     * Copies the logits of the last token read.
     *
     * @param target receives {@code [vocabulary]}
     */
    public void logits(float[] target) {
        run(
                () -> {
                    MemorySegment.copy(
                            work.logits, ValueLayout.JAVA_FLOAT, 0, target, 0, target.length);
                    if (hasNan(target)) {
                        model.requireUnchanged();
                    }
                    return null;
                });
    }

    private static boolean hasNan(float[] numbers) {
        for (float number : numbers) {
            if (Float.isNaN(number)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Forgets everything from a position on.
     *
     * @param to from 0 to {@link #position}
     */
    public void rewind(int to) {
        run(
                () -> {
                    if (to < 0 || to > position) {
                        throw new IllegalArgumentException(
                                "cannot rewind to %d: the session holds %d tokens"
                                        .formatted(to, position));
                    }
                    position = to;
                    return null;
                });
    }

    private <T> T run(Supplier<T> action) {
        lock.lock();
        try {
            requireOpen();
            return model.reading(action);
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
     * the cache and all working memory. A second call does nothing.
     */
    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            if (arena.scope().isAlive()) {
                arena.close();
                model.forget(this);
            }
        } finally {
            lock.unlock();
        }
    }
}
