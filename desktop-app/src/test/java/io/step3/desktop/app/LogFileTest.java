package io.step3.desktop.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {

    @TempDir Path folder;

    @Test
    void whatNobodyCatchesIsWrittenDownWithItsPlaceAndWithoutAWordThatWasTyped() throws Exception {
        Path file = folder.resolve("step3.log");
        AtomicInteger told = new AtomicInteger();
        LogFile log = new LogFile(file, told::incrementAndGet);
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        try {
            log.install();
            Thread thread =
                    Thread.ofPlatform()
                            .name("some-thread")
                            .start(
                                    () -> {
                                        throw new IllegalStateException(
                                                "dear diary", new StackOverflowError("my secret"));
                                    });
            thread.join();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
            Logger.getLogger("io.step3").removeHandler(log);
        }
        String text = Files.readString(file);
        assertTrue(text.contains("some-thread"), text);
        assertTrue(text.contains("java.lang.IllegalStateException"), text);
        assertTrue(text.contains("caused by java.lang.StackOverflowError"), text);
        assertTrue(text.contains("at " + LogFileTest.class.getName()), text);
        assertFalse(text.contains("diary") || text.contains("secret"), text);
        assertEquals(1, told.get());
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(file));
        }
    }

    @Test
    void aFailureAtEachFrameFillsNoDisk() throws Exception {
        LogFile log = new LogFile(folder.resolve("step3.log"), () -> {});
        LogRecord entry = new LogRecord(Level.SEVERE, "again");
        entry.setThrown(new IllegalStateException());
        for (int i = 0; i < 2_000; i++) {
            log.publish(entry);
        }
        long size = 0;
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                size += Files.size(file);
            }
        }
        assertTrue(size > 100_000 && size < 1_200_000, size + " bytes");
    }
}
