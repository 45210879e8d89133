package io.step3.generate;

import io.step3.chat.ChatChunk;
import io.step3.chat.ModelClosedException;
import io.step3.model.Prompt;
import io.step3.model.Step3Model;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Computes the answers of all readers together, in the threads of the readers: of those who wait
 * for a chunk one <em>drives</em>. It computes pass after pass for everybody until there is a chunk
 * of its own, and leaves the rest to the next who waits. So a single reader computes its answer as
 * if there were no others, without handing anything from thread to thread; nothing is computed
 * while nobody waits, and no thread must be ended.
 *
 * <p>Whoever reads more slowly than others finds what was written meanwhile in its {@link Inbox},
 * until that is full.
 */
final class Scheduler implements AutoCloseable {

    private final Caches caches;
    private final ReentrantLock lock = new ReentrantLock();

    /** Nobody drives at this moment. */
    private final Condition free = lock.newCondition();

    /** Only for the driver, or under the lock while nobody drives. */
    private final Batcher batcher;

    /** Null if nobody drives. All that follows is guarded by the lock, too. */
    private @Nullable Thread driver;

    /** Answers that were begun and have not ended. */
    private final Set<Inbox> open = new LinkedHashSet<>();

    /** Those of them that the batcher does not know yet. */
    private final Set<Inbox> arrived = new LinkedHashSet<>();

    /** Those whose readers have gone. */
    private final Set<Inbox> left = new LinkedHashSet<>();

    /** Those whose readers wait and have got nothing since. */
    private final SequencedSet<Inbox> asking = new LinkedHashSet<>();

    private long arrivals;
    private boolean closed;

    /**
     * A scheduler without answers.
     *
     * @param cacheBytes memory of all sequences together
     */
    Scheduler(Step3Model model, long cacheBytes) {
        caches = new Caches(model, cacheBytes);
        batcher = new Batcher(model, caches);
    }

    /** Where an answer will come to; nothing is computed before somebody {@link #take}s from it. */
    Inbox inbox(Task task) {
        return new Inbox(task);
    }

    /**
     * The next chunk; computes, or waits for whoever does.
     *
     * @return null if the answer has ended, or was closed, and for ever after
     * @throws RuntimeException whatever ended the answer, once
     */
    @Nullable ChatChunk take(Inbox inbox) {
        while (!inbox.isAnswered()) {
            if (!drive(inbox)) {
                inbox.await();
            }
        }
        return inbox.poll();
    }

    /**
     * Computes passes until there is something in an inbox.
     *
     * @return whether it could, since nobody else drives; else its reader is asking
     */
    private boolean drive(Inbox inbox) {
        lock.lock();
        try {
            begin(inbox);
            if (driver == Thread.currentThread()) {
                throw new IllegalStateException(
                        "whoever watches a pass cannot wait for another: the model computes one at a time");
            }
            if (driver != null) {
                if (!inbox.isAnswered()) {
                    asking.add(inbox);
                }
                return false;
            }
            asking.remove(inbox);
            while (!inbox.isAnswered()) {
                drive();
            }
            return true;
        } finally {
            passOn();
            lock.unlock();
        }
    }

    private void begin(Inbox inbox) {
        if (inbox.isBegun() || inbox.isClosed()) {
            return;
        }
        inbox.begin();
        if (closed) {
            inbox.task.decoding().cancel();
            deliver(inbox);
            return;
        }
        inbox.task.arrive(arrivals++);
        open.add(inbox);
        arrived.add(inbox);
    }

    /** Computes one pass. The lock is held before and after, and not meanwhile. */
    private void drive() {
        driver = Thread.currentThread();
        try {
            settle();
            for (Inbox inbox : open) {
                inbox.task.setPaused(inbox.isFull());
            }
            lock.unlock();
            try {
                batcher.turn();
            } catch (RuntimeException | Error e) {
                batcher.failAll(e);
            } finally {
                lock.lock();
            }
        } finally {
            deliver();
            settle();
            driver = null;
            free.signalAll();
        }
    }

    /** Tells the batcher who has come and gone. */
    private void settle() {
        for (Inbox inbox : arrived) {
            batcher.add(inbox.task);
        }
        arrived.clear();
        for (Inbox inbox : left) {
            batcher.drop(inbox.task);
            inbox.end(null);
            open.remove(inbox);
        }
        left.clear();
    }

    /** Brings the readers what was written. */
    private void deliver() {
        for (Iterator<Inbox> each = open.iterator(); each.hasNext(); ) {
            Inbox inbox = each.next();
            deliver(inbox);
            if (inbox.isEnded()) {
                each.remove();
            }
        }
    }

    private void deliver(Inbox inbox) {
        inbox.put(inbox.task.decoding().take());
        if (inbox.task.isOver()) {
            inbox.end(inbox.task.failure());
        }
        if (inbox.isAnswered()) {
            asking.remove(inbox);
        }
    }

    /**
     * Lets one who waits drive, if nobody does. Whoever has got something was woken, and comes back
     * for more.
     */
    private void passOn() {
        if (driver == null && !asking.isEmpty()) {
            asking.getFirst().wake();
        }
    }

    /** Ends an answer and frees what it holds, when the pass in work is done. */
    void close(Inbox inbox) {
        lock.lock();
        try {
            leave(inbox);
            while (inbox.isBegun() && !inbox.isEnded() && driver != Thread.currentThread()) {
                free.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #close}, but whoever drives does it, if somebody does. */
    void abandon(Inbox inbox) {
        lock.lock();
        try {
            leave(inbox);
        } finally {
            lock.unlock();
        }
    }

    private void leave(Inbox inbox) {
        if (!inbox.close()) {
            return;
        }
        asking.remove(inbox);
        inbox.task.stop();
        if (open.contains(inbox)) {
            left.add(inbox);
            if (driver == null) {
                settle();
            }
        }
        passOn();
    }

    /** How many leading tokens of a prompt need not be computed, as things stand. */
    int shared(Prompt prompt) {
        return caches.shared(prompt);
    }

    /** Answers that were begun and have not ended. */
    int answers() {
        lock.lock();
        try {
            return open.size();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of all sequences. */
    long bytes() {
        return caches.bytes();
    }

    /** Refuses where the scheduler is closed. */
    void checkOpen() {
        lock.lock();
        try {
            if (closed) {
                throw new ModelClosedException();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends all answers as cancelled, when the pass in work is done, and closes all sequences.
     *
     * @throws IllegalStateException from within a pass
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (driver == Thread.currentThread()) {
                throw new IllegalStateException("whoever watches a pass cannot close its model");
            }
            closed = true;
            open.forEach(inbox -> inbox.task.stop());
            while (driver != null) {
                free.awaitUninterruptibly();
            }
            settle();
            batcher.close();
            deliver();
        } finally {
            lock.unlock();
        }
    }
}
