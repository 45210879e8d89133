package io.step3.desktop.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.sql.SQLException;
import java.util.Optional;
import org.sqlite.SQLiteException;

/**
 * Something the store could not do. The message is one sentence for the person at the screen: what
 * happened, to which file, and what to do. The subclass says which case it is.
 */
public sealed class StoreException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient Path path;

    StoreException(String message, Path path, Throwable cause) {
        super(message, cause);
        this.path = path;
    }

    /** The file or folder that it is about; null where it is about none. */
    public Path path() {
        return path;
    }

    /** Another running program holds the data folder. */
    public static final class InUse extends StoreException {
        private static final long serialVersionUID = 1L;
        private final transient DataFolder folder;

        InUse(DataFolder folder) {
            super(
                    "The data folder "
                            + folder.root()
                            + " is in use by another Step3 window: use that one, or close it.",
                    folder.root(),
                    null);
            this.folder = folder;
        }

        /**
         * Asks the window that holds the folder to come to the front. Waits at most two seconds, so
         * call it off the window's thread.
         *
         * @return whether that window answered; if not, show this exception's message
         */
        public boolean askToShow() {
            return SingleInstance.askToShow(folder);
        }
    }

    /** The data folder, or something in it, cannot be written. */
    public static final class ReadOnly extends StoreException {
        private static final long serialVersionUID = 1L;

        ReadOnly(Path path, Throwable cause) {
            super(
                    "Cannot write "
                            + path
                            + ": make it writable for you, or choose another data folder.",
                    path,
                    cause);
        }
    }

    /**
     * The disk, or the quota on it, is full. What was not written stays in memory and is tried
     * again.
     */
    public static final class DiskFull extends StoreException {
        private static final long serialVersionUID = 1L;

        DiskFull(Path path, Throwable cause) {
            super(
                    "The disk is full, so nothing more can be saved in "
                            + path
                            + ": free some space on it.",
                    path,
                    cause);
        }
    }

    /** The database was written by a newer version of the program. It was left as it is. */
    public static final class TooNew extends StoreException {
        private static final long serialVersionUID = 1L;

        TooNew(Path database, int found, int known) {
            super(
                    database
                            + " was written by a newer Step3 (its schema is "
                            + found
                            + ", this program knows "
                            + known
                            + "): update the program, or choose another data folder.",
                    database,
                    null);
        }
    }

    /**
     * The database is missing, or is empty, in a folder where there was one. Nothing was touched:
     * {@link Store#openBackup} takes the copy, {@link Store#openAnew} begins a new history.
     */
    public static final class DatabaseLost extends StoreException {
        private static final long serialVersionUID = 1L;
        private final transient Optional<Path> backup;

        DatabaseLost(DataFolder folder, Optional<Path> backup) {
            super(
                    "The database "
                            + folder.database()
                            + " is missing or empty, though it held conversations; nothing else there was touched: "
                            + (backup.isPresent()
                                    ? "put it back if you have it, or use the copy "
                                            + backup.get()
                                            + "."
                                    : "put it back if you have it, or begin anew."),
                    folder.database(),
                    null);
            this.backup = backup;
        }

        /** The latest copy that was made before a migration, if there is one. */
        public Optional<Path> backup() {
            return backup;
        }
    }

    /** The folder holds other things, and no database. It was left as it is. */
    public static final class Foreign extends StoreException {
        private static final long serialVersionUID = 1L;

        Foreign(DataFolder folder) {
            super(
                    folder.root()
                            + " holds other files and no conversations: choose an empty folder, or one that Step3 made.",
                    folder.root(),
                    null);
        }
    }

    /**
     * The database was found to be damaged while in use. The next start keeps it aside and takes
     * out of it what can be read.
     */
    public static final class Damaged extends StoreException {
        private static final long serialVersionUID = 1L;

        Damaged(Path database, Throwable cause) {
            super(
                    database
                            + " is damaged: start the program again, which keeps it aside and takes out of it what can be read.",
                    database,
                    cause);
        }
    }

    /**
     * The request cannot be met: something unknown was named, a limit passed, or a file is not what
     * it claims to be.
     */
    public static final class Refused extends StoreException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message, null, null);
        }

        Refused(String message, Throwable cause) {
            super(message, null, cause);
        }
    }

    /** The file of a picture is missing, or holds other bytes than were kept. */
    public static final class PictureLost extends StoreException {
        private static final long serialVersionUID = 1L;
        private final boolean missing;

        PictureLost(Path file, boolean missing, Throwable cause) {
            super(
                    "The picture "
                            + file
                            + (missing
                                    ? " is missing: it was removed from outside the program."
                                    : " is damaged: its bytes are not those that were kept."),
                    file,
                    cause);
            this.missing = missing;
        }

        /** Whether there is no file at all. */
        public boolean missing() {
            return missing;
        }
    }

    /** A file that was to be imported is not what it should be, or is too large. */
    public static final class NotImportable extends StoreException {
        private static final long serialVersionUID = 1L;
        private final boolean conversation;
        private final String detail;

        private NotImportable(Path file, boolean conversation, String detail, Throwable cause) {
            super(
                    file
                            + " is not "
                            + (conversation ? "an exported conversation" : "a file of presets")
                            + " that this program can read: "
                            + detail
                            + ".",
                    file,
                    cause);
            this.conversation = conversation;
            this.detail = detail;
        }

        static NotImportable conversation(Path file, String detail, Throwable cause) {
            return new NotImportable(file, true, detail, cause);
        }

        static NotImportable presets(Path file, String detail, Throwable cause) {
            return new NotImportable(file, false, detail, cause);
        }

        /** Whether it was to be a conversation, and not presets. */
        public boolean conversation() {
            return conversation;
        }

        /** What is wrong with it, in English. */
        public String detail() {
            return detail;
        }
    }

    /** Gives any failure at the database or the files beside it its typed form. */
    static StoreException of(Throwable failure, Path path) {
        return switch (failure) {
            case StoreException known -> known;
            case SQLException sql -> ofSql(sql, path);
            case ReadOnlyFileSystemException readOnly -> new ReadOnly(path, readOnly);
            case AccessDeniedException denied -> new ReadOnly(Path.of(denied.getFile()), denied);
            case FileSystemException file when saysReadOnly(file) -> new ReadOnly(path, file);
            case IOException io when saysFull(io) -> new DiskFull(path, io);
            default ->
                    new StoreException(
                            "Could not read or write " + path + ": " + failure.getMessage() + ".",
                            path,
                            failure);
        };
    }

    /** As {@link #of}, for a step of the schema that could not be taken. */
    static StoreException ofMigration(SQLException failure, Path database) {
        StoreException typed = of(failure, database);
        return typed.getClass() != StoreException.class
                ? typed
                : new Refused(
                        database
                                + " could not be brought to this version and was left as it was: use the version before, or"
                                + " choose another data folder ("
                                + failure.getMessage()
                                + ").",
                        failure);
    }

    /**
     * Whether a failure to read comes from what the file holds, and not from the memory, the disk,
     * a lock or a permission, which may be right the next time.
     */
    static boolean saysDamage(SQLException failure) {
        return switch (code(failure)) {
            case 3, 5, 6, 7, 8, 9, 10, 13, 14, 15, 22, 23 -> false;
            default -> true;
        };
    }

    private static int code(SQLException failure) {
        // The low byte is the primary result code; the rest says where it arose.
        // https://sqlite.org/rescode.html
        return failure instanceof SQLiteException sqlite ? sqlite.getResultCode().code & 0xff : 0;
    }

    private static StoreException ofSql(SQLException failure, Path path) {
        return switch (code(failure)) {
            case 13 -> new DiskFull(path, failure);
            case 8, 3 -> new ReadOnly(path, failure);
            case 11, 26 -> new Damaged(path, failure);
            default ->
                    new StoreException(
                            "Could not read or write " + path + ": " + failure.getMessage() + ".",
                            path,
                            failure);
        };
    }

    // The platform gives no exception of its own for these two; the text is the operating system's.
    private static boolean saysFull(IOException failure) {
        String text = String.valueOf(failure.getMessage());
        return text.contains("No space left")
                || text.contains("not enough space")
                || text.contains("quota exceeded");
    }

    private static boolean saysReadOnly(FileSystemException failure) {
        return String.valueOf(failure.getReason()).contains("Read-only file system");
    }
}
