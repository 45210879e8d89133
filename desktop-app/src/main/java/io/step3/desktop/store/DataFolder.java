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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where everything lies in the data folder. All that is made in it is for its owner only, where the
 * file system can say so.
 */
record DataFolder(Path root) {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
    private static final Pattern BACKUP = Pattern.compile("step3-v\\d+-\\d{8}-\\d{6}(-\\d+)?\\.db");
    private static final Pattern OWN =
            Pattern.compile("step3\\..*|backups|damaged-\\d{8}-\\d{6}.*");
    private static final List<String> DATABASE_FILES =
            List.of("step3.db-wal", "step3.db-shm", "step3.db");
    private static final Set<String> OF_THE_SYSTEM =
            Set.of("lost+found", ".DS_Store", "Thumbs.db", "desktop.ini");

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

    /** See {@link Seal}. */
    Path seal() {
        return root.resolve("step3.seal");
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

    /** Whether there is a database with anything in it. */
    boolean hasDatabase() throws IOException {
        return Files.isRegularFile(database()) && Files.size(database()) > 0;
    }

    /** Whether there is anything in the folder that says that a database was here. */
    boolean hasRemains() throws IOException {
        return Seal.read(seal()).isPresent()
                || hasLog()
                || newestBackup().isPresent()
                || Attachments.files(this).findAny().isPresent();
    }

    /**
     * Whether the folder holds other things and nothing of a store; what systems put into every
     * folder does not count.
     */
    boolean isForeign() throws IOException {
        if (Files.exists(database()) || hasRemains()) {
            return false;
        }
        try (Stream<Path> files = Files.list(root)) {
            return files.map(file -> file.getFileName().toString())
                    .anyMatch(
                            name -> !OWN.matcher(name).matches() && !OF_THE_SYSTEM.contains(name));
        }
    }

    /** Whether the database has a log that was not played in when it was last closed. */
    boolean hasLog() throws IOException {
        return Files.isRegularFile(log()) && Files.size(log()) > 0;
    }

    private Path log() {
        return root.resolve("step3.db-wal");
    }

    /** The latest copy from before a migration. */
    Optional<Path> newestBackup() throws IOException {
        return backups().max(Comparator.comparing(Path::getFileName));
    }

    /** The copies from before migrations. */
    Stream<Path> backups() throws IOException {
        Path backups = root.resolve("backups");
        if (!Files.isDirectory(backups)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(backups)) {
            return files
                    .filter(file -> BACKUP.matcher(file.getFileName().toString()).matches())
                    .toList()
                    .stream();
        }
    }

    /**
     * Copies a damaged database with its log, as they are, into a folder of its own.
     *
     * @return that folder
     */
    Path copyDatabaseAside() throws IOException {
        Path aside = newAside();
        for (String name : DATABASE_FILES) {
            if (Files.exists(root.resolve(name))) {
                Path copy = aside.resolve(name);
                makeFile(copy);
                Files.copy(root.resolve(name), copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return aside;
    }

    /** Moves all that is left of a store whose database is gone into a folder of its own. */
    Path moveRemainsAside() throws IOException {
        Path aside = newAside();
        for (String name : DATABASE_FILES) {
            moveAside(root.resolve(name), aside);
        }
        moveAside(seal(), aside);
        try (Stream<Path> pictures = Attachments.files(this)) {
            pictures.toList().forEach(picture -> Attachments.moveTo(aside, picture));
        }
        return aside;
    }

    private static void moveAside(Path file, Path aside) throws IOException {
        if (Files.exists(file)) {
            Files.move(file, aside.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Puts a whole database, which no connection holds, in the place of what is there. */
    void replaceDatabase(Path whole) throws IOException {
        // The log first: left beside another database, SQLite would play it into that one.
        Files.deleteIfExists(log());
        Files.deleteIfExists(root.resolve("step3.db-shm"));
        Files.move(
                whole,
                database(),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        sync(root);
    }

    private Path newAside() throws IOException {
        Path aside = free(root, "damaged-" + now(), "");
        makeFolder(aside);
        return aside;
    }

    /** Has the names in a folder on the disk, where the system can be asked to. */
    static void sync(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows opens no folders; what it writes of them it writes in order.
        }
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

    static boolean isPosix(Path path) {
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
