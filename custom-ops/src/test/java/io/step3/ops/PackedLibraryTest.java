package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laying the library into its cache folder. */
class PackedLibraryTest {
    @TempDir private Path folder;
    private final PackedLibrary library = new PackedLibrary("lib.so", new byte[] {1, 2, 3});

    @Test
    void theFileLiesInAPrivateFolderNamedAfterItsContent()
            throws IOException, NoSuchAlgorithmException {
        Path file = library.extract(folder.resolve("new/er"));
        assertArrayEquals(library.content(), Files.readAllBytes(file));
        // printf '\1\2\3' | sha256sum gives the first, that and the name in a line the second.
        assertEquals(
                sha256(
                        "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"
                                + "  lib.so\n"),
                file.getParent().getFileName().toString());
        Assumptions.assumeTrue(Files.getFileStore(file).supportsFileAttributeView("posix"));
        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
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
        Files.write(file, new byte[] {1, 2});
        library.extract(folder);
        assertArrayEquals(library.content(), Files.readAllBytes(file));
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
