package io.step3.generate;

import io.step3.chat.ChatChunk;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** What was written of an answer and not read yet. Guarded by the scheduler's lock. */
final class Inbox {

    /** Chunks that are written ahead of a reader who is slower than others. */
    private static final int MOST = 64;

    final Task task;

    /** Something came, the end came, or it is time to compute. */
    final Condition changed;

    final Deque<ChatChunk> chunks = new ArrayDeque<>();

    /** Whether the first chunk was asked for. */
    boolean begun;

    /** Whether nothing more will come. */
    boolean ended;

    /** Whether the reader has gone. */
    boolean closed;

    /** To be thrown once, behind the chunks. */
    @Nullable Throwable failure;

    Inbox(Task task, Condition changed) {
        this.task = task;
        this.changed = changed;
    }

    /** Whether no more should be written for now: from full until half empty. */
    boolean isFull() {
        return chunks.size() >= (task.isPaused() ? MOST / 2 : MOST);
    }
}
