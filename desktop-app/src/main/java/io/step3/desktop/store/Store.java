package io.step3.desktop.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * An open data folder. One program holds it at a time.
 *
 * <p>{@link #open} and {@link #close} read and write files before they return: call them off the
 * window's thread. All else returns at once; what needs the disk returns a future, which is
 * completed on a thread of the store and fails with a {@link StoreException}. What was written is
 * seen by reads that are asked for after the write's future is complete.
 */
public final class Store implements AutoCloseable {

    private final DataFolder folder;
    private final SingleInstance instance;
    private final Database database;
    private final WriteBehind writeBehind;
    private final OpenReport report;

    private final Conversations conversations;
    private final Folders folders;
    private final Messages messages;
    private final Drafts drafts;
    private final Attachments attachments;
    private final Presets presets;
    private final Settings settings;
    private final Search search;
    private final Archive archive;

    private Store(DataFolder folder, SingleInstance instance, Database database, Opened opened) {
        this.folder = folder;
        this.instance = instance;
        this.database = database;
        this.report = opened.report();
        this.writeBehind = new WriteBehind(database);
        this.conversations = new Conversations(database, folder);
        this.folders = new Folders(database);
        this.drafts = new Drafts(database, writeBehind, folder);
        this.messages = new Messages(database, writeBehind, drafts);
        this.attachments = new Attachments(database, folder);
        this.presets = new Presets(database);
        this.settings = new Settings(database, opened.settings());
        this.search = new Search(database);
        this.archive = new Archive(database, folder);
    }

    private record Opened(OpenReport report, Map<String, String> settings) {}

    /**
     * Opens a data folder, making it if there is none. A damaged database is kept aside and a new
     * one begun; an old one is copied and then brought to this version; answers that were cut off
     * are marked. See {@link #report}.
     *
     * @throws StoreException.InUse if another window holds the folder
     * @throws StoreException.ReadOnly if the folder cannot be written
     * @throws StoreException.DiskFull if there is no room
     * @throws StoreException.TooNew if a newer version of the program wrote the database
     * @throws StoreException if it cannot be opened for another reason, which the message tells
     */
    public static Store open(Path dataFolder) throws StoreException {
        return open(dataFolder, Schema.CURRENT);
    }

    static Store open(Path dataFolder, Schema schema) throws StoreException {
        SingleInstance instance = null;
        try {
            DataFolder folder = DataFolder.create(dataFolder);
            instance = SingleInstance.claim(folder);
            return open(folder, instance, schema);
        } catch (IOException | SQLException | RuntimeException e) {
            if (instance != null) {
                instance.close();
            }
            throw StoreException.of(e, dataFolder);
        }
    }

    private static Store open(DataFolder folder, SingleInstance instance, Schema schema)
            throws SQLException, IOException {
        Optional<Path> damaged = Optional.empty();
        if (isDamaged(folder)) {
            damaged = Optional.of(folder.setDatabaseAside());
        }
        DataFolder.makeFile(folder.database());
        Connection connection = Database.connect(folder.database(), false);
        Database database;
        List<Path> backups;
        try {
            backups = schema.migrate(connection, folder);
            database = new Database(folder.database(), connection);
        } catch (SQLException | IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
        try {
            Optional<Path> aside = damaged;
            Opened opened =
                    database.write(transaction -> recover(transaction, folder, aside, backups))
                            .get();
            return new Store(folder, instance, database, opened);
        } catch (ExecutionException e) {
            database.close();
            throw StoreException.of(e.getCause(), folder.root());
        } catch (InterruptedException e) {
            database.close();
            Thread.currentThread().interrupt();
            throw new StoreException.Refused("Opening " + folder.root() + " was interrupted.", e);
        }
    }

    private static boolean isDamaged(DataFolder folder) throws SQLException, StoreException {
        if (!Files.exists(folder.database())) {
            return false;
        }
        // Asked before SQLite is: it would leave a log that cannot be written either.
        if (!Files.isWritable(folder.database())) {
            throw new StoreException.ReadOnly(folder.database(), null);
        }
        try (Connection connection = Database.connect(folder.database(), false)) {
            return Schema.damage(connection).isPresent();
        } catch (SQLException e) {
            if (StoreException.of(e, folder.database()) instanceof StoreException.Damaged) {
                return true;
            }
            throw e;
        }
    }

    /** Puts in order what a killed program left. */
    private static Opened recover(
            Transaction transaction, DataFolder folder, Optional<Path> damaged, List<Path> backups)
            throws SQLException, IOException {
        int interrupted = interruptStreaming(transaction);
        List<Long> incomplete =
                transaction.list(
                        row -> row.getLong(1), "SELECT id FROM conversation WHERE incomplete = 1");
        for (long id : incomplete) {
            Conversations.purge(transaction, id);
        }
        Attachments.collectAll(transaction, folder);
        Map<String, String> settings = new HashMap<>();
        transaction.list(
                row -> settings.put(row.getString(1), row.getString(2)),
                "SELECT key, value FROM setting");
        return new Opened(new OpenReport(damaged, backups, interrupted), settings);
    }

    private static int interruptStreaming(Transaction transaction)
            throws SQLException, StoreException {
        List<Long> streaming =
                transaction.list(
                        row -> row.getLong(1), "SELECT id FROM message WHERE status = 'STREAMING'");
        for (long id : streaming) {
            // A continued answer keeps what is known of its first part's cost.
            String usage = Messages.load(transaction, id).usage();
            StreamingMessage.settle(
                    transaction,
                    id,
                    new StreamingMessage.Ending(MessageStatus.INTERRUPTED, "", "[]", usage));
        }
        return streaming.size();
    }

    /** For tests that reach below. */
    Database database() {
        return database;
    }

    /** The data folder. */
    public Path folder() {
        return folder.root();
    }

    /** What opening found and did. */
    public OpenReport report() {
        return report;
    }

    /**
     * What to do when a second start asks this window to come to the front; runs on a thread of the
     * store.
     */
    public void whenAskedToShow(Runnable action) {
        instance.whenAskedToShow(action);
    }

    /** Has every change told, on a thread of the store, after it is on the disk. */
    public void addListener(Consumer<Change> listener) {
        database.addListener(listener);
    }

    /** The list of conversations. */
    public Conversations conversations() {
        return conversations;
    }

    /** The folders of that list. */
    public Folders folders() {
        return folders;
    }

    /** What was said. */
    public Messages messages() {
        return messages;
    }

    /** What is typed but not sent. */
    public Drafts drafts() {
        return drafts;
    }

    /** The pictures. */
    public Attachments attachments() {
        return attachments;
    }

    /** Saved system prompts with sampling parameters. */
    public Presets presets() {
        return presets;
    }

    /** What the program remembers of itself. */
    public Settings settings() {
        return settings;
    }

    /** Search in everything. */
    public Search search() {
        return search;
    }

    /** Conversations to and from files. */
    public Archive archive() {
        return archive;
    }

    /**
     * Writes what is left and lets go of the folder. Answers that still stream are marked as
     * interrupted, so finish those that were stopped first.
     */
    @Override
    public void close() {
        try {
            writeBehind.close();
            database.write(Store::interruptStreaming).get();
        } catch (ExecutionException e) {
            // The listeners were told that saving fails; the next start puts in order what was
            // written.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            database.close();
            instance.close();
        }
    }
}
