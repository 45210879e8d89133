package io.step3.desktop.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
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

    private Store(DataFolder folder, SingleInstance instance, Opening opening) {
        this.folder = folder;
        this.instance = instance;
        this.database = opening.database();
        this.report = opening.report();
        this.writeBehind = new WriteBehind(database);
        this.conversations = new Conversations(database, folder);
        this.folders = new Folders(database);
        this.drafts = new Drafts(database, writeBehind, folder);
        this.messages = new Messages(database, writeBehind, drafts);
        this.attachments = new Attachments(database, folder);
        this.presets = new Presets(database);
        this.settings = new Settings(database, opening.settings());
        this.search = new Search(database);
        this.archive = new Archive(database, folder);
    }

    /**
     * Opens a data folder, making it if there is none. Of a damaged database everything that can be
     * read is kept in a new one, and its files are kept aside; an old one is copied and then
     * brought to this version; answers that were cut off are marked; what was deleted long ago goes
     * for good. See {@link #report}.
     *
     * @throws StoreException.InUse if another window holds the folder
     * @throws StoreException.ReadOnly if the folder cannot be written
     * @throws StoreException.DiskFull if there is no room
     * @throws StoreException.TooNew if a newer version of the program wrote the database
     * @throws StoreException.DatabaseLost if the database is missing or empty where there was one
     * @throws StoreException.Foreign if the folder holds other things and no database
     * @throws StoreException if it cannot be opened for another reason, which the message tells
     */
    public static Store open(Path dataFolder) throws StoreException {
        return open(dataFolder, Schema.CURRENT);
    }

    static Store open(Path dataFolder, Schema schema) throws StoreException {
        return claim(dataFolder, folder -> Opening.of(folder, schema));
    }

    /**
     * Opens a data folder whose database is lost with the latest copy from before a migration.
     * Pictures that the copy does not name are kept aside.
     *
     * @throws StoreException as {@link #open}, and if there is no copy
     */
    public static Store openBackup(Path dataFolder) throws StoreException {
        return claim(
                dataFolder,
                folder -> {
                    requireLost(folder);
                    Path backup =
                            folder.newestBackup()
                                    .orElseThrow(
                                            () ->
                                                    new StoreException.Refused(
                                                            "There is no copy in "
                                                                    + folder.root()
                                                                    + "."));
                    return Opening.ofBackup(folder, backup);
                });
    }

    /**
     * Opens a data folder whose database is lost with an empty history. All that is left there is
     * kept aside, see {@link OpenReport#damagedKeptIn}.
     *
     * @throws StoreException as {@link #open}
     */
    public static Store openAnew(Path dataFolder) throws StoreException {
        return claim(
                dataFolder,
                folder -> {
                    requireLost(folder);
                    return Opening.anew(folder);
                });
    }

    private static void requireLost(DataFolder folder) throws IOException {
        if (folder.hasDatabase()) {
            throw new StoreException.Refused(
                    folder.database() + " is there again: try again to open it.");
        }
    }

    private interface Opener {
        Opening open(DataFolder folder) throws SQLException, IOException;
    }

    private static Store claim(Path dataFolder, Opener opener) throws StoreException {
        SqliteLibrary.prepare();
        SingleInstance instance = null;
        try {
            DataFolder folder = DataFolder.create(dataFolder);
            if (folder.isForeign()) {
                throw new StoreException.Foreign(folder);
            }
            instance = SingleInstance.claim(folder);
            return new Store(folder, instance, opener.open(folder));
        } catch (IOException | SQLException | RuntimeException e) {
            if (instance != null) {
                instance.close();
            }
            throw StoreException.of(e, dataFolder);
        }
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
     * store. Who asks before this is said is answered once it is.
     */
    public void whenAskedToShow(Runnable action) {
        instance.whenAskedToShow(action);
    }

    /**
     * This window no longer comes to the front: a second start waits until the store is closed, and
     * then opens a window of its own.
     */
    public void stopShowing() {
        instance.stopAnswering();
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
            database.write(Opening::interruptStreaming).get();
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
