package io.step3.model;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.KeyValues;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One sequence of tokens and its KV cache. It owns the cache and nothing else, so that an idle
 * conversation costs the keys and values of its tokens and no working memory; {@link
 * Step3Model#step} computes.
 *
 * <p>For one thread at a time, but {@link #close}, {@link #bytes} and {@link #shared} may be called
 * from any.
 */
public final class Sequence implements AutoCloseable {

    private final Step3Model model;
    private final KeyValues cache;

    /** What stands at each cached position: see {@link SequenceKeys}. */
    private long[] history = new long[256];

    private int position;

    /** Tokens whose place in the cache was ever written and is not given back. */
    private int touched;

    private volatile boolean closed;

    Sequence(Step3Model model, int capacity) {
        this.model = model;
        TextConfig config = model.text().config();
        cache =
                model.backends()
                        .at(model.placement().cache())
                        .newCache(
                                model.options().cacheFormat(),
                                config.numHiddenLayers(),
                                capacity,
                                config.headDim());
    }

    /** Tokens in the cache. */
    public synchronized int position() {
        return position;
    }

    /** Most tokens that fit. */
    public int capacity() {
        return cache.capacity();
    }

    /** Bytes of address space that the cache reserves; memory is committed as tokens arrive. */
    public long cacheBytes() {
        return cache.bytes();
    }

    /** Bytes of memory that the cache takes now: as far as it was ever written. */
    public synchronized long bytes() {
        return cache.bytes(touched);
    }

    /** How many leading tokens of a prompt the cache already holds. */
    public int shared(Prompt prompt) {
        return shared(prompt.history(model));
    }

    private synchronized int shared(long[] wanted) {
        int common = Arrays.mismatch(history, 0, position, wanted, 0, wanted.length);
        return common < 0 ? position : common;
    }

    /**
     * Begins to read a prompt: forgets what the cache holds beyond their common beginning. At least
     * the prompt's last token is left to compute, for its logits.
     *
     * @throws IllegalArgumentException if the prompt does not fit, ids are no ids of the
     *     vocabulary, or pictures and image tokens do not match; the sequence is as it was
     * @throws IllegalStateException if the sequence or its model is closed
     */
    public Reading read(Prompt prompt) {
        requireOpen();
        if (prompt.length() > capacity()) {
            throw new IllegalArgumentException(
                    "a prompt of %d tokens does not fit a sequence of %d"
                            .formatted(prompt.length(), capacity()));
        }
        model.check(prompt);
        long[] wanted = prompt.history(model);
        int cached = Math.min(shared(wanted), prompt.length() - 1);
        rewind(cached);
        return new Reading(model, this, prompt, wanted, cached);
    }

    /**
     * The next token, to be computed by {@link Step3Model#step}.
     *
     * @param logits receives {@code [vocabulary]}, or null if they are not wanted
     * @throws IllegalArgumentException if the sequence is full, or if it is no id of the vocabulary
     */
    public Span next(int token, float @Nullable [] logits, ForwardObserver observer) {
        if (position() == capacity()) {
            throw new IllegalArgumentException(
                    "the sequence is full: it holds %d tokens".formatted(capacity()));
        }
        model.check(token);
        return new Span(this, new int[] {token}, new long[] {token}, null, logits, observer);
    }

    /**
     * Forgets everything from a position on.
     *
     * @param to from 0 to {@link #position}
     */
    public synchronized void rewind(int to) {
        if (to < 0 || to > position) {
            throw new IllegalArgumentException(
                    "cannot rewind to %d: the sequence holds %d tokens".formatted(to, position));
        }
        position = to;
    }

    /**
     * Gives the memory of what was forgotten back: a cache that once held a long text and now holds
     * a short one takes no more than the short one needs.
     */
    public void trim() {
        model.alone(
                () -> {
                    synchronized (this) {
                        requireOpen();
                        if (touched > position) {
                            cache.release(position);
                            touched = position;
                        }
                    }
                });
    }

    /**
     * Becomes a copy of the beginning of another sequence of the same model.
     *
     * @param tokens from 0 to the other's position
     */
    public void copyFrom(Sequence other, int tokens) {
        model.alone(
                () -> {
                    requireOpen();
                    other.requireOpen();
                    long[] beginning;
                    synchronized (other) {
                        if (other.model != model || tokens < 0 || tokens > other.position) {
                            throw new IllegalArgumentException(
                                    "there are no %d tokens to copy".formatted(tokens));
                        }
                        beginning = Arrays.copyOf(other.history, tokens);
                    }
                    cache.copyFrom(other.cache, tokens);
                    synchronized (this) {
                        position = 0;
                        touched = Math.max(touched, tokens);
                        advance(beginning);
                    }
                });
    }

    /** Keys and values; only while {@link Step3Model} computes or nobody does. */
    KeyValues cache() {
        return cache;
    }

    /** Tokens are about to be written behind those that are here. */
    synchronized void touch(int tokens) {
        touched = Math.max(touched, position + tokens);
    }

    /** The keys and values of what stands next are in the cache. */
    synchronized void advance(long[] next) {
        if (position + next.length > history.length) {
            history = Arrays.copyOf(history, Math.max(position + next.length, 2 * history.length));
        }
        System.arraycopy(next, 0, history, position, next.length);
        position += next.length;
    }

    boolean isOf(Step3Model other) {
        return model == other;
    }

    void requireOpen() {
        model.requireOpen();
        if (closed) {
            throw new IllegalStateException("the sequence is closed");
        }
    }

    /** Frees the cache, once a pass over it has ended. A second call does nothing. */
    @Override
    public void close() {
        closed = true;
        model.forget(this);
        model.alone(cache::close);
    }
}
