package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laying the library into its cache folder. */
class PackedLibraryTest {
    @TempDir private Path folder;
    private final PackedLibrary library = new PackedLibrary("lib.so", new byte[] {1, 2, 3});

    @Test
    void theFileLiesInAPrivateFolderNamedAfterItsContent() throws IOException {
        Path file = library.extract(folder.resolve("new/er"));
        assertArrayEquals(library.content(), Files.readAllBytes(file));
        // CRC-32 and CRC-32C of "lib.so", its length and its content, by another implementation.
        assertEquals("f168f30105f876e8", file.getParent().getFileName().toString());
        Assumptions.assumeTrue(Files.getFileStore(file).supportsFileAttributeView("posix"));
        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
    }

    @Test
    void anotherContentOrNameIsAnotherFolder() throws IOException {
        var folders = new HashSet<Path>();
        for (int last = 0; last < 200; last++) {
            byte[] content = {1, 2, (byte) last};
            folders.add(new PackedLibrary("lib.so", content).extract(folder).getParent());
        }
        folders.add(new PackedLibrary("lib2.so", new byte[] {1, 2, 3}).extract(folder).getParent());
        folders.add(new PackedLibrary("lib.so", new byte[] {1, 2}).extract(folder).getParent());
        assertEquals(202, folders.size());
    }

    @Test
    void aFileThatIsThereIsNotWrittenAgain() throws IOException {
        Path file = library.extract(folder);
        FileTime before = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(file, before);
        assertEquals(file, library.extract(folder));
        assertEquals(before, Files.getLastModifiedTime(file));
    }

    @Test
    void aDamagedFileIsReplacedAndNothingElseIsLeft() throws IOException {
        Path file = library.extract(folder);
        for (byte[] damaged : new byte[][] {{1, 2}, {1, 2, 4}}) {
            Files.write(file, damaged);
            library.extract(folder);
            assertArrayEquals(library.content(), Files.readAllBytes(file));
        }
        try (var files = Files.list(file.getParent())) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws IOException {
        Path blocked = Files.writeString(folder.resolve("file"), "not a folder");
        var e = assertThrows(IOException.class, () -> library.extract(blocked.resolve("below")));
        assertTrue(e.getMessage().contains(blocked.toString()), e.getMessage());
    }
}
