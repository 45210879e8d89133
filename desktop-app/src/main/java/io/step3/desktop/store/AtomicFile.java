package io.step3.desktop.store;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file whole or not at all: beside its place first, synchronised, then moved there. */
final class AtomicFile {

    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private AtomicFile() {}

    /** Writes a file that only its owner can read. */
    static void write(Path file, Content content) throws IOException {
        write(file, content, false);
    }

    /**
     * Writes a file for the person: it is as readable as others that they make, or as the one was
     * that it replaces.
     */
    static void export(Path file, Content content) throws IOException {
        write(file, content, true);
    }

    private static void write(Path file, Content content, boolean shared) throws IOException {
        // Through a link, to the file that it names.
        Path place = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Path beside = place.resolveSibling("." + UUID.randomUUID() + ".part");
        // Should the program end meanwhile.
        Thread cleaning = new Thread(() -> delete(beside));
        try {
            Runtime.getRuntime().addShutdownHook(cleaning);
        } catch (IllegalStateException e) {
            throw new StoreException.Refused("The program is ending.", e);
        }
        try {
            try (FileChannel channel =
                    shared
                            ? FileChannel.open(
                                    beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                            : DataFolder.newFile(beside)) {
                OutputStream out =
                        new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            if (shared && Files.exists(place) && DataFolder.isPosix(place)) {
                Files.setPosixFilePermissions(beside, Files.getPosixFilePermissions(place));
            }
            Files.move(
                    beside,
                    place,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            DataFolder.sync(place.getParent());
        } catch (IOException e) {
            throw StoreException.of(e, place);
        } finally {
            // There only if it was not moved.
            Files.deleteIfExists(beside);
            forget(cleaning);
        }
    }

    private static void forget(Thread cleaning) {
        try {
            Runtime.getRuntime().removeShutdownHook(cleaning);
        } catch (IllegalStateException e) {
            // The program is ending, and the hook has nothing to do.
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // It stays.
        }
    }
}
