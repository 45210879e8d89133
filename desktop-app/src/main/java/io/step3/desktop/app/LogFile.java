package io.step3.desktop.app;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The program's log: what it could not do, and where in it. It holds no word of a conversation: of
 * an exception it tells the type and the place, never the message, which may quote what was typed.
 * Two files of half a megabyte at most, for their owner only.
 */
final class LogFile extends Handler {

    private static final long SIZE_LIMIT = 512 << 10;
    private static final int DEPTH_LIMIT = 60;

    private final Path file;
    private final Path old;
    private final Runnable failed;

    /**
     * A log in a file.
     *
     * @param failed told after something that nobody caught was written
     */
    LogFile(Path file, Runnable failed) {
        this.file = file;
        this.old = file.resolveSibling(file.getFileName() + ".old");
        this.failed = failed;
    }

    /** Has all that the program logs, and all that nobody catches on any thread, written here. */
    void install() {
        Logger logger = Logger.getLogger("io.step3");
        logger.addHandler(this);
        // Not for the terminal.
        publish(
                new LogRecord(
                        Level.INFO,
                        "Started on Java %s, %s %s"
                                .formatted(
                                        System.getProperty("java.version"),
                                        System.getProperty("os.name"),
                                        System.getProperty("os.arch"))));
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, failure) -> {
                    logger.log(Level.SEVERE, "Nobody caught this on " + thread.getName(), failure);
                    failed.run();
                });
    }

    Path file() {
        return file;
    }

    @Override
    public synchronized void publish(LogRecord entry) {
        try {
            if (Files.exists(file) && Files.size(file) > SIZE_LIMIT) {
                Files.move(file, old, StandardCopyOption.REPLACE_EXISTING);
            }
            if (Files.notExists(file)) {
                create();
            }
            try (Writer out =
                    Files.newBufferedWriter(
                            file, StandardCharsets.UTF_8, StandardOpenOption.APPEND)) {
                out.write(text(entry));
            }
        } catch (IOException e) {
            // A log that cannot be written must not be one more failure.
        }
    }

    private void create() throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.createFile(file);
        }
    }

    private static String text(LogRecord entry) {
        StringBuilder text = new StringBuilder();
        text.append(Instant.ofEpochMilli(entry.getMillis()))
                .append(' ')
                .append(entry.getLevel().getName())
                .append(' ')
                .append(entry.getMessage())
                .append('\n');
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable failure = entry.getThrown();
                failure != null && seen.add(failure);
                failure = failure.getCause()) {
            text.append(seen.size() == 1 ? "  " : "  caused by ")
                    .append(failure.getClass().getName())
                    .append('\n');
            StackTraceElement[] trace = failure.getStackTrace();
            for (int i = 0; i < Math.min(trace.length, DEPTH_LIMIT); i++) {
                text.append("    at ").append(trace[i]).append('\n');
            }
        }
        return text.toString();
    }

    @Override
    public void flush() {
        // Each entry is written at once.
    }

    @Override
    public void close() {
        // Nothing is held open.
    }
}
