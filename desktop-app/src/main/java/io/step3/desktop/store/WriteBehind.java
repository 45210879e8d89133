package io.step3.desktop.store;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Gathers what changes many times a second and writes it four times a second, all in one
 * transaction. What cannot be written stays where it is and is tried again every second.
 */
final class WriteBehind {

    /** Something with changes to write. */
    interface Source {
        /** Writes the changes; they may be forgotten once the transaction is committed. */
        void write(Transaction transaction) throws SQLException, IOException;

        /** Told when the store closes and the last attempt failed. */
        void abandon(StoreException why);
    }

    private static final long DELAY_MS = 250;
    private static final long RETRY_MS = 1000;

    private final Database database;
    private final Set<Source> changed = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private boolean failing;

    WriteBehind(Database database) {
        this.database = database;
    }

    /** Has the source written soon. Never waits. */
    void changed(Source source) {
        changed.add(source);
        if (scheduled.compareAndSet(false, true)) {
            database.writeLater(DELAY_MS, this::write);
        }
    }

    /** Has everything written as soon as the writing thread is free. */
    void hurry(Source source) {
        changed.add(source);
        database.writeLater(0, this::write);
    }

    private void write() {
        // Before the sources are taken: a change that comes from here on schedules its own writing.
        scheduled.set(false);
        List<Source> sources = take();
        if (sources.isEmpty()) {
            return;
        }
        try {
            writeNow(sources);
            if (failing) {
                failing = false;
                database.tell(new Change.SavingWorks());
            }
        } catch (StoreException | RuntimeException | Error e) {
            // Whatever it is: what was taken is not yet on the disk.
            changed.addAll(sources);
            if (scheduled.compareAndSet(false, true)) {
                database.writeLater(RETRY_MS, this::write);
            }
            if (!failing) {
                failing = true;
                database.tell(new Change.SavingFails(database.typed(e)));
            }
        }
    }

    /**
     * Has what is left written for the last time, before any work that the database is given after
     * this call.
     */
    void close() {
        database.writeLater(0, this::writeLast);
    }

    private void writeLast() {
        List<Source> sources = take();
        try {
            writeNow(sources);
        } catch (StoreException | RuntimeException | Error e) {
            sources.forEach(source -> source.abandon(database.typed(e)));
        }
    }

    private List<Source> take() {
        List<Source> sources = List.copyOf(changed);
        sources.forEach(changed::remove);
        return sources;
    }

    private void writeNow(List<Source> sources) throws StoreException {
        database.writeNow(
                transaction -> {
                    for (Source source : sources) {
                        source.write(transaction);
                    }
                    return null;
                });
    }
}
