package io.step3.generate;

import io.step3.chat.ChatChunk;
import io.step3.chat.ChatStream;
import java.lang.ref.Cleaner;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * An answer as its reader sees it. Where the reader walks away from it, the garbage collector finds
 * it and its computing ends.
 */
final class Answer implements ChatStream {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Scheduler scheduler;
    private final Inbox inbox;
    private final Cleaner.Cleanable abandonment;
    private @Nullable ChatChunk next;

    /** An answer that is still to be begun. */
    Answer(Scheduler scheduler, Task task) {
        Inbox chunks = scheduler.inbox(task);
        this.scheduler = scheduler;
        this.inbox = chunks;
        this.abandonment = CLEANER.register(this, () -> scheduler.abandon(chunks));
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            next = scheduler.take(inbox);
        }
        return next != null;
    }

    @Override
    public ChatChunk next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the answer has ended");
        }
        ChatChunk chunk = next;
        next = null;
        return chunk;
    }

    /** From another thread than the one that iterates: waits for the pass in work. */
    @Override
    public void close() {
        scheduler.close(inbox);
        abandonment.clean();
    }
}
