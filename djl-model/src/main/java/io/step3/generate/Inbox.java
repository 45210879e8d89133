package io.step3.generate;

import io.step3.chat.ChatChunk;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was written of an answer and not read yet: from whoever drives to the one reader, who waits
 * here. Its own monitor guards it, so that readers that are woken together do not wait for one
 * another.
 */
final class Inbox {

    /** Chunks that are written ahead of a reader who is slower than others. */
    private static final int MOST = 64;

    final Task task;

    private final Deque<ChatChunk> chunks = new ArrayDeque<>();

    /** Whether the first chunk was asked for. Guarded by the scheduler's lock. */
    private boolean begun;

    private boolean ended;
    private boolean closed;

    /** To be thrown once, behind the chunks. */
    private @Nullable Throwable failure;

    /** Whether something has happened that the reader has not seen. */
    private boolean changed;

    /** Empty, for an answer that is still to be begun. */
    Inbox(Task task) {
        this.task = task;
    }

    /** Whether the first chunk was asked for. */
    boolean isBegun() {
        return begun;
    }

    /** The first chunk is asked for. */
    void begin() {
        begun = true;
    }

    /** Adds what was written; lost if the reader has gone. */
    synchronized void put(List<ChatChunk> written) {
        if (!closed && !written.isEmpty()) {
            chunks.addAll(written);
            wake();
        }
    }

    /** Nothing more will come. */
    synchronized void end(@Nullable Throwable reason) {
        ended = true;
        failure = closed ? null : reason;
        wake();
    }

    /**
     * The reader goes.
     *
     * @return whether it had not gone before
     */
    synchronized boolean close() {
        boolean first = !closed;
        closed = true;
        chunks.clear();
        failure = null;
        wake();
        return first;
    }

    /** Lets the reader look again, now or when it next {@link #await}s. */
    synchronized void wake() {
        changed = true;
        notifyAll();
    }

    /** Returns when something has happened since the last call, also before this one. */
    synchronized void await() {
        boolean interrupted = false;
        while (!changed) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        changed = false;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The next chunk, or null if there is none now.
     *
     * @throws RuntimeException what ended the answer, behind its chunks and once
     */
    synchronized @Nullable ChatChunk poll() {
        ChatChunk chunk = chunks.poll();
        Throwable reason = chunk == null ? failure : null;
        if (reason == null) {
            return chunk;
        }
        failure = null;
        switch (reason) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(reason);
        }
    }

    /** Whether there is something to {@link #poll}, or never will be. */
    synchronized boolean isAnswered() {
        return !chunks.isEmpty() || ended || closed;
    }

    synchronized boolean isEnded() {
        return ended;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Whether no more should be written for now: from full until half empty. */
    synchronized boolean isFull() {
        return chunks.size() >= (task.isPaused() ? MOST / 2 : MOST);
    }
}
