package io.step3.desktop.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.sqlite.SQLiteConfig;

/**
 * The open database: one connection that writes, on a thread of its own, and two that read, on
 * theirs. In write-ahead mode a reader never waits for the writer; the second reader takes what is
 * slow (search, export), so that opening a conversation does not wait for it.
 */
final class Database implements AutoCloseable {

    interface Work<T> {
        T run(Transaction transaction) throws SQLException, IOException;
    }

    private final Path file;
    private final Path sealFile;
    private final FileChannel seal;
    private long commits;
    private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();
    private final Lane writer;
    private final Lane reader;
    private final Lane slowReader;

    /** Takes over the connection that opened, checked and migrated the database. */
    Database(DataFolder folder, Connection writing) throws SQLException, IOException {
        this.file = folder.database();
        this.sealFile = folder.seal();
        this.commits = Schema.number(writing, "SELECT count FROM commits");
        // From here on the database may differ from the one that was closed.
        Seal.open(commits).write(sealFile);
        this.seal = FileChannel.open(sealFile, StandardOpenOption.WRITE);
        this.writer = new Lane("step3-store-writer", writing, "BEGIN IMMEDIATE");
        this.reader = new Lane("step3-store-reader", connect(file, true), "BEGIN");
        this.slowReader = new Lane("step3-store-search", connect(file, true), "BEGIN");
    }

    static Connection connect(Path file, boolean readOnly) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(readOnly);
        config.enforceForeignKeys(true);
        config.setBusyTimeout(5_000);
        if (!readOnly) {
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            // NORMAL would survive a killed program, but not a power cut: "on disk" means
            // synchronised.
            config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        }
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        if (!readOnly) {
            // What is deleted is overwritten, not only forgotten.
            Schema.number(connection, "PRAGMA secure_delete = ON");
        }
        return connection;
    }

    /**
     * Runs a statement without a result. Transactions are begun and ended by this, not by the
     * driver: after a full disk, when SQLite rolls back by itself, the driver would take a
     * transaction for open that is not.
     */
    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /**
     * Runs the work in one transaction on the writing thread; nothing of it is kept if it fails.
     */
    <T> CompletableFuture<T> write(Work<T> work) {
        return writer.submit(work);
    }

    /**
     * As {@link #write}, begun after a delay. Work that waits when the database closes is not run.
     */
    void writeLater(long milliseconds, Runnable work) {
        writer.schedule(milliseconds, work);
    }

    /** Runs the work on the reading thread, on one unchanging state of the database. */
    <T> CompletableFuture<T> read(Work<T> work) {
        return reader.submit(work);
    }

    /** As {@link #read}, for work that may take long. */
    <T> CompletableFuture<T> readSlowly(Work<T> work) {
        return slowReader.submit(work);
    }

    /** Runs the work now, on the thread of the caller, which must be the writing one. */
    <T> T writeNow(Work<T> work) throws StoreException {
        return writer.run(work);
    }

    /** What a failure at this database is called. */
    StoreException typed(Throwable failure) {
        return StoreException.of(failure, file);
    }

    void addListener(Consumer<Change> listener) {
        listeners.add(listener);
    }

    void tell(Change change) {
        for (Consumer<Change> listener : listeners) {
            try {
                listener.accept(change);
            } catch (RuntimeException e) {
                // A listener that fails must not undo what is already on the disk, nor keep it from
                // the others.
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    /** Waits for the work already given, then closes the connections. */
    @Override
    public void close() {
        reader.close();
        slowReader.close();
        writer.close();
        try (seal) {
            Path log = file.resolveSibling(file.getFileName() + "-wal");
            if (seal.isOpen() && !Files.exists(log)) {
                Seal.closed(commits, file).write(seal);
            }
        } catch (IOException e) {
            // Then the next start reads everything to see that it is whole.
        }
    }

    /** Counts a transaction that wrote something, as its last statement. */
    private void count(Connection connection) throws SQLException {
        execute(connection, "UPDATE commits SET count = " + (commits + 1));
    }

    private void counted() {
        commits++;
        try {
            Seal.open(commits).write(seal);
        } catch (IOException e) {
            // A seal that lags behind sees less at the next start, and never a loss that is none.
        }
    }

    private final class Lane {
        private final Connection connection;
        private final String begin;
        private final ExecutorService thread;

        Lane(String name, Connection connection, String begin) {
            this.connection = connection;
            this.begin = begin;
            this.thread =
                    Executors.newSingleThreadExecutor(
                            Thread.ofPlatform().name(name).daemon().factory());
        }

        <T> CompletableFuture<T> submit(Work<T> work) {
            CompletableFuture<T> result = new CompletableFuture<>();
            try {
                thread.execute(() -> complete(result, work));
            } catch (RejectedExecutionException e) {
                result.completeExceptionally(
                        new StoreException.Refused("The store in " + file + " is closed."));
            }
            return result;
        }

        private <T> void complete(CompletableFuture<T> result, Work<T> work) {
            if (result.isCancelled()) {
                return;
            }
            try {
                result.complete(run(work));
            } catch (StoreException | RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        }

        void schedule(long milliseconds, Runnable work) {
            try {
                if (milliseconds == 0) {
                    thread.execute(work);
                } else {
                    CompletableFuture.delayedExecutor(milliseconds, TimeUnit.MILLISECONDS, thread)
                            .execute(work);
                }
            } catch (RejectedExecutionException e) {
                // Closing: what is left is written there.
            }
        }

        <T> T run(Work<T> work) throws StoreException {
            Transaction transaction = new Transaction(connection);
            T result;
            boolean wrote;
            try {
                execute(connection, begin);
                long before = transaction.changeCount();
                result = work.run(transaction);
                wrote = transaction.changeCount() != before;
                if (wrote) {
                    count(connection);
                }
                execute(connection, "COMMIT");
            } catch (SQLException | IOException e) {
                rollBack();
                throw StoreException.of(e, file);
            } catch (RuntimeException | Error e) {
                rollBack();
                throw e;
            }
            if (wrote) {
                counted();
            }
            transaction.afterCommit().forEach(Runnable::run);
            transaction.changes().forEach(Database.this::tell);
            return result;
        }

        private void rollBack() {
            try {
                execute(connection, "ROLLBACK");
            } catch (SQLException e) {
                // SQLite has already rolled back, as it does when the disk is full.
            }
        }

        void close() {
            thread.shutdown();
            try {
                thread.awaitTermination(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            try (connection) {
                if (!connection.isReadOnly()) {
                    execute(connection, "PRAGMA optimize");
                }
            } catch (SQLException e) {
                // Everything is committed; what the log still holds is played in at the next start.
            }
        }
    }
}
