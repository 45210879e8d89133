package io.step3.desktop.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;

/**
 * Where everything lies in the data folder. All that is made in it is for its owner only, where the
 * file system can say so.
 */
record DataFolder(Path root) {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    /** Makes the folder if there is none. */
    static DataFolder create(Path root) throws IOException {
        DataFolder folder = new DataFolder(root.toAbsolutePath().normalize());
        if (Files.exists(folder.root) && !Files.isDirectory(folder.root)) {
            throw new StoreException.Refused(
                    folder.root + " is not a folder: choose a folder for the data.");
        }
        makeFolder(folder.root);
        return folder;
    }

    Path database() {
        return root.resolve("step3.db");
    }

    Path lock() {
        return root.resolve("step3.lock");
    }

    Path socket() {
        return root.resolve("step3.sock");
    }

    Path attachments() {
        return root.resolve("attachments");
    }

    /**
     * The name for the copy of a database of this schema version, taken now; the folder for it
     * exists afterwards.
     */
    Path newBackup(int version) throws IOException {
        Path backups = root.resolve("backups");
        makeFolder(backups);
        return free(backups, "step3-v" + version + "-" + now(), ".db");
    }

    /**
     * Moves a damaged database, with the pictures that it names, into a folder of its own.
     *
     * @return that folder
     */
    Path setDatabaseAside() throws IOException {
        Path aside = free(root, "damaged-" + now(), "");
        makeFolder(aside);
        // The log goes first: left beside a new database, SQLite would play it into that one.
        for (String name : List.of("step3.db-wal", "step3.db-shm", "attachments", "step3.db")) {
            Path file = root.resolve(name);
            if (Files.exists(file)) {
                Files.move(file, aside.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return aside;
    }

    static void makeFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, privately(folder, "rwx------"));
        }
    }

    /** Makes an empty file that only its owner can read, or leaves the one that is there. */
    static void makeFile(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, privately(file, "rw-------"));
        }
    }

    /** Opens a new file for writing that only its owner can read. */
    static FileChannel newFile(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                privately(file, "rw-------"));
    }

    /** Takes everyone else's permissions from a file that could not be made without them. */
    static void makePrivate(Path file) throws IOException {
        if (isPosix(file)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static FileAttribute<?>[] privately(Path path, String permissions) {
        if (!isPosix(path)) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        };
    }

    private static String now() {
        return DATE.format(LocalDateTime.now());
    }

    private static Path free(Path folder, String name, String suffix) {
        Path path = folder.resolve(name + suffix);
        for (int i = 2; Files.exists(path); i++) {
            path = folder.resolve(name + "-" + i + suffix);
        }
        return path;
    }
}
