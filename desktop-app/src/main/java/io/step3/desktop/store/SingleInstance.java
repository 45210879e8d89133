package io.step3.desktop.store;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The claim of one program on a data folder. The lock is the operating system's, so it ends with
 * the program however that ends. While it is held, a Unix domain socket in the folder takes one
 * request: "show", sent by a second start that found the lock taken. Where such a socket cannot be
 * had (a path that is too long for one), the second start is only told that the folder is in use.
 */
final class SingleInstance implements AutoCloseable {

    private static final ByteBuffer SHOW =
            StandardCharsets.US_ASCII.encode("show\n").asReadOnlyBuffer();
    private static final ByteBuffer SHOWN =
            StandardCharsets.US_ASCII.encode("shown\n").asReadOnlyBuffer();
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final DataFolder folder;
    private final FileChannel channel;
    private final ServerSocketChannel server;
    private final CompletableFuture<Runnable> whenAsked = new CompletableFuture<>();

    private SingleInstance(DataFolder folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
        this.server = listen(folder);
        if (server != null) {
            Thread.ofVirtual().name("step3-single-instance").start(this::answer);
        }
    }

    /**
     * Claims the folder.
     *
     * @throws StoreException.InUse if another program, or this one, holds it already
     * @throws IOException if the lock file cannot be made
     */
    static SingleInstance claim(DataFolder folder) throws IOException {
        DataFolder.makeFile(folder.lock());
        FileChannel channel = FileChannel.open(folder.lock(), StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new SingleInstance(folder, channel);
            }
        } catch (OverlappingFileLockException heldByThisProgram) {
            // The same answer. On POSIX, closing this channel ends this program's own lock for
            // others too, so a program must not open a folder twice; there is no way to ask first.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new StoreException.InUse(folder);
    }

    /** What to do when a second start asks for this window; it runs on a thread of this class. */
    void whenAskedToShow(Runnable action) {
        whenAsked.complete(action);
    }

    /** Asks the holder of the folder to show itself; true if it answered within two seconds. */
    static boolean askToShow(DataFolder folder) {
        CompletableFuture<Boolean> shown = new CompletableFuture<>();
        Thread asker = Thread.ofVirtual().start(() -> shown.complete(ask(folder)));
        try {
            return shown.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            asker.interrupt();
            return false;
        } catch (InterruptedException e) {
            asker.interrupt();
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static boolean ask(DataFolder folder) {
        try (SocketChannel socket =
                SocketChannel.open(UnixDomainSocketAddress.of(folder.socket()))) {
            writeAll(socket, SHOW);
            return read(socket, SHOWN.remaining()).equals(SHOWN);
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static ServerSocketChannel listen(DataFolder folder) {
        ServerSocketChannel server = null;
        try {
            // Whoever left a socket here is gone: the lock is ours.
            Files.deleteIfExists(folder.socket());
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(folder.socket()));
            DataFolder.makePrivate(folder.socket());
            return server;
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            if (server != null) {
                close(server);
            }
            return null;
        }
    }

    private void answer() {
        try {
            while (server.isOpen()) {
                SocketChannel socket = server.accept();
                Thread.ofVirtual().start(() -> answer(socket));
            }
        } catch (IOException e) {
            // Closed, or the socket is broken: a second start then says that the folder is in use.
        }
    }

    private void answer(SocketChannel socket) {
        // A client that says nothing must not be held for ever.
        Thread self = Thread.currentThread();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                if (!self.join(PATIENCE)) {
                                    self.interrupt();
                                }
                            } catch (InterruptedException e) {
                                self.interrupt();
                            }
                        });
        try (socket) {
            // A window that is about to come counts: it is what the second start wanted.
            if (read(socket, SHOW.remaining()).equals(SHOW) && server.isOpen()) {
                whenAsked.thenAccept(Runnable::run);
                writeAll(socket, SHOWN);
            }
        } catch (IOException e) {
            // The second start went away.
        }
    }

    private static ByteBuffer read(SocketChannel socket, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining() && socket.read(buffer) >= 0) {}
        return buffer.flip();
    }

    private static void writeAll(SocketChannel socket, ByteBuffer bytes) throws IOException {
        ByteBuffer rest = bytes.duplicate();
        while (rest.hasRemaining()) {
            socket.write(rest);
        }
    }

    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // Nothing more can be done about a channel that does not close.
        }
    }

    /** Asks are no longer answered; the folder stays claimed. */
    void stopAnswering() {
        if (server != null && server.isOpen()) {
            close(server);
            try {
                Files.deleteIfExists(folder.socket());
            } catch (IOException e) {
                // The next claim removes it.
            }
        }
    }

    @Override
    public void close() {
        stopAnswering();
        close(channel);
    }
}
