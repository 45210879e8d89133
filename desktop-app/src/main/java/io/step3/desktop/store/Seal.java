package io.step3.desktop.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What the database held when it was last written, noted in a file beside it. SQLite plays in the
 * log of a program that died up to the first frame that is not whole and says nothing of the rest;
 * and it never sums up the pages of the database itself. So the number of transactions is noted
 * after each of them, and when the store is closed the checksum of the whole file.
 *
 * @param commits how many transactions the database holds
 * @param size of the closed database in bytes; -1 while it is open
 * @param checksum CRC-32C of the closed database
 */
record Seal(long commits, long size, int checksum) {

    private static final int MAGIC = 0x53334442;
    private static final int LENGTH = 28;
    private static final long OPEN = -1;

    static Seal open(long commits) {
        return new Seal(commits, OPEN, 0);
    }

    /** The seal of a database that no connection holds any longer. */
    static Seal closed(long commits, Path database) throws IOException {
        return new Seal(commits, Files.size(database), checksum(database));
    }

    /** Whether the file is, byte for byte, the database that was closed. */
    boolean fits(Path database) throws IOException {
        return size != OPEN && Files.size(database) == size && checksum(database) == checksum;
    }

    boolean isClosed() {
        return size != OPEN;
    }

    /** The seal in a file; none if there is no such file or it is not whole. */
    static Optional<Seal> read(Path file) throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) != LENGTH) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        if (bytes.remaining() != LENGTH || bytes.getInt() != MAGIC) {
            return Optional.empty();
        }
        Seal seal = new Seal(bytes.getLong(), bytes.getLong(), bytes.getInt());
        return seal.bytes().equals(bytes.rewind()) ? Optional.of(seal) : Optional.empty();
    }

    /**
     * Writes it over the one before. It need not be synchronised: one that lags behind the database
     * only sees less, and never a loss where there is none.
     */
    void write(FileChannel file) throws IOException {
        file.write(bytes(), 0);
    }

    void write(Path file) throws IOException {
        DataFolder.makeFile(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(LENGTH);
            write(channel);
        }
    }

    private ByteBuffer bytes() {
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
        bytes.putInt(MAGIC).putLong(commits).putLong(size).putInt(checksum);
        CRC32C own = new CRC32C();
        own.update(bytes.array(), 0, bytes.position());
        return bytes.putInt((int) own.getValue()).flip();
    }

    private static int checksum(Path file) throws IOException {
        CRC32C checksum = new CRC32C();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer block = ByteBuffer.allocateDirect(1 << 18);
            while (channel.read(block) >= 0) {
                checksum.update(block.flip());
                block.clear();
            }
        }
        return (int) checksum.getValue();
    }
}
