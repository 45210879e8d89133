package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which backend is chosen, and what is said about the others. */
class BackendLoaderTest {
    @TempDir private Path folder;

    @Test
    void theBestTierIsChosenAndTheOthersAreExplained() {
        NativeTiers.library(folder);
        try (BackendLoader.Choice choice = BackendLoader.load(null, 0, folder)) {
            NativeBackend backend = assertInstanceOf(NativeBackend.class, choice.backend());
            assertEquals(backend.supportedTiers().getLast(), backend.tier());
            assertEquals("cpu " + backend.tier().label(), backend.name());
            assertEquals(
                    CpuTier.values().length,
                    backend.supportedTiers().size() + choice.refused().size());
            assertTrue(backend.physicalCores() >= 1);
            assertTrue(backend.libraryFile().startsWith(folder));
        }
    }

    @Test
    void everySupportedTierCanBeForced() {
        NativeTiers.library(folder);
        List<CpuTier> supported;
        try (NativeBackend backend = NativeBackend.load(NativeTiers.library(folder))) {
            supported = backend.supportedTiers();
        }
        for (CpuTier tier : CpuTier.values()) {
            if (supported.contains(tier)) {
                try (BackendLoader.Choice choice = BackendLoader.load(tier.label(), 0, folder)) {
                    assertEquals("cpu " + tier.label(), choice.backend().name());
                }
            } else {
                var e =
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> BackendLoader.load(tier.label(), 0, folder));
                assertTrue(e.getMessage().contains("supports"), e.getMessage());
            }
        }
    }

    @Test
    void plainJavaCanBeForced() {
        try (BackendLoader.Choice choice = BackendLoader.load("java", 0, folder)) {
            assertInstanceOf(JavaBackend.class, choice.backend());
            assertEquals("cpu", choice.refused().getFirst().kernels());
        }
    }

    @Test
    void anUnknownNameIsRefusedWithTheKnownOnes() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> BackendLoader.load("sse9", 0, folder));
        assertTrue(e.getMessage().contains("sse9"), e.getMessage());
        assertTrue(e.getMessage().contains("avx512-vbmi"), e.getMessage());
    }

    @Test
    void withoutACacheFolderPlainJavaComputesAndTheReasonIsKept() throws IOException {
        NativeTiers.library(folder);
        Path blocked = Files.writeString(folder.resolve("file"), "not a folder");
        try (BackendLoader.Choice choice = BackendLoader.load(null, 0, blocked)) {
            assertInstanceOf(JavaBackend.class, choice.backend());
            String reason = choice.refused().getFirst().reason();
            assertTrue(reason.contains(blocked.toString()), reason);
            String warning = choice.warning().orElseThrow();
            assertTrue(warning.contains("slower") && warning.endsWith(reason), warning);
        }
    }

    @Test
    void whatWasAskedForIsNotWarnedOf() {
        NativeTiers.library(folder);
        for (String wanted : new String[] {"java", "scalar", null}) {
            try (BackendLoader.Choice choice = BackendLoader.load(wanted, 0, folder)) {
                assertEquals(Optional.empty(), choice.warning());
            }
        }
    }

    @Test
    void whetherTheLibraryLoadedLiesBesideIt() throws IOException {
        Path library = NativeTiers.library(folder);
        Path stamp = library.resolveSibling(library.getFileName() + ".loads");
        assertFalse(Files.exists(stamp));
        BackendLoader.load(null, 0, folder).close();
        BackendLoader.load(null, 0, folder).close();
        assertTrue(Files.exists(stamp));
    }

    @Test
    void threadsAreAsManyAsAskedFor() {
        NativeTiers.library(folder);
        for (int threads : new int[] {1, 3}) {
            try (BackendLoader.Choice choice = BackendLoader.load(null, threads, folder)) {
                assertEquals(threads, ((NativeBackend) choice.backend()).threads());
            }
        }
        try (BackendLoader.Choice choice = BackendLoader.load(null, 0, folder)) {
            NativeBackend backend = (NativeBackend) choice.backend();
            int granted = Runtime.getRuntime().availableProcessors();
            assertEquals(Math.min(backend.physicalCores(), granted), backend.threads());
        }
        for (int wrong : new int[] {-1, 1025}) {
            assertThrows(
                    IllegalArgumentException.class, () -> BackendLoader.load(null, wrong, folder));
        }
    }

    @Test
    void theVariableForThreadsIsANumber() {
        assertEquals(0, BackendLoader.threads(null));
        assertEquals(0, BackendLoader.threads(""));
        assertEquals(12, BackendLoader.threads("12"));
        for (String wrong : new String[] {"0", "-1", "two", "1025", "99999999999", " 2"}) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class, () -> BackendLoader.threads(wrong));
            assertTrue(e.getMessage().contains("STEP3_THREADS"), e.getMessage());
        }
    }

    @Test
    void aFileThatIsNoLibraryIsRefusedByName() throws IOException {
        Path file = Files.writeString(folder.resolve("libother.so"), "not a library");
        var e = assertThrows(UnsatisfiedLinkError.class, () -> NativeBackend.load(file));
        assertTrue(e.getMessage().contains("libother.so"), e.getMessage());
    }
}
