package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laying files out of jars. */
class PackedFilesTest {
    private static final byte[] CONTENT = new byte[300_000];

    @TempDir private Path folder;

    private URL packed() throws IOException {
        new Random(1).nextBytes(CONTENT);
        Path jar = folder.resolve("packed.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("native/lib.so"));
            out.write(CONTENT);
        }
        return URI.create("jar:" + jar.toUri() + "!/native/lib.so").toURL();
    }

    private Path lay(URL resource) throws IOException {
        return PackedFiles.ofResources(Map.of("lib.so", resource))
                .extract(folder.resolve("cache"))
                .resolve("lib.so");
    }

    @Test
    void anEntryOfAJarIsLaidOnceAndReplacedWhenDamaged() throws IOException {
        URL resource = packed();
        Path file = lay(resource);
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
        FileTime before = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(file, before);
        assertEquals(file, lay(resource));
        assertEquals(before, Files.getLastModifiedTime(file));

        byte[] flipped = CONTENT.clone();
        flipped[123_456] ^= 1;
        for (byte[] damaged : new byte[][] {flipped, {}, new byte[CONTENT.length]}) {
            Files.write(file, damaged);
            lay(resource);
            assertArrayEquals(CONTENT, Files.readAllBytes(file));
        }
    }

    @Test
    void aResourceThatIsNoEntryIsLaidAsWell() throws IOException {
        packed();
        Path plain = Files.write(folder.resolve("plain"), CONTENT);
        Path file = lay(plain.toUri().toURL());
        Files.write(file, new byte[CONTENT.length]);
        assertEquals(file, lay(plain.toUri().toURL()));
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
    }

    @Test
    void whatAKilledStartLeftIsRemovedAndWhatIsBeingWrittenIsNot() throws IOException {
        URL resource = packed();
        Path own = lay(resource).getParent();
        Path old = Files.write(own.resolve("1234.part"), new byte[10]);
        Path fresh = Files.write(own.resolve("5678.part"), new byte[10]);
        Instant longAgo = Instant.now().minus(Duration.ofHours(1));
        Files.setLastModifiedTime(old, FileTime.from(longAgo));
        lay(resource);
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(fresh));
    }
}
