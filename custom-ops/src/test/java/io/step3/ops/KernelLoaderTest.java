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

/** Which kernels are chosen, and what is said about the others. */
class KernelLoaderTest {
    @TempDir private Path folder;

    @Test
    void theBestTierIsChosenAndTheOthersAreExplained() {
        NativeTiers.library(folder);
        try (KernelLoader.Choice choice = KernelLoader.load(null, folder)) {
            NativeKernels kernels = assertInstanceOf(NativeKernels.class, choice.kernels());
            assertEquals(kernels.supportedTiers().getLast(), kernels.tier());
            assertEquals("cpu " + kernels.tier().label(), kernels.name());
            assertEquals(
                    CpuTier.values().length,
                    kernels.supportedTiers().size() + choice.refused().size());
            assertTrue(kernels.physicalCores() >= 1);
            assertTrue(kernels.libraryFile().startsWith(folder));
        }
    }

    @Test
    void everySupportedTierCanBeForced() {
        NativeTiers.library(folder);
        List<CpuTier> supported;
        try (NativeKernels kernels = NativeKernels.load(NativeTiers.library(folder))) {
            supported = kernels.supportedTiers();
        }
        for (CpuTier tier : CpuTier.values()) {
            if (supported.contains(tier)) {
                try (KernelLoader.Choice choice = KernelLoader.load(tier.label(), folder)) {
                    assertEquals("cpu " + tier.label(), choice.kernels().name());
                }
            } else {
                var e =
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> KernelLoader.load(tier.label(), folder));
                assertTrue(e.getMessage().contains("supports"), e.getMessage());
            }
        }
    }

    @Test
    void plainJavaCanBeForced() {
        try (KernelLoader.Choice choice = KernelLoader.load("java", folder)) {
            assertInstanceOf(JavaKernels.class, choice.kernels());
            assertEquals("cpu", choice.refused().getFirst().kernels());
        }
    }

    @Test
    void anUnknownNameIsRefusedWithTheKnownOnes() {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> KernelLoader.load("sse9", folder));
        assertTrue(e.getMessage().contains("sse9"), e.getMessage());
        assertTrue(e.getMessage().contains("avx512-vbmi"), e.getMessage());
    }

    @Test
    void withoutACacheFolderPlainJavaComputesAndTheReasonIsKept() throws IOException {
        NativeTiers.library(folder);
        Path blocked = Files.writeString(folder.resolve("file"), "not a folder");
        try (KernelLoader.Choice choice = KernelLoader.load(null, blocked)) {
            assertInstanceOf(JavaKernels.class, choice.kernels());
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
            try (KernelLoader.Choice choice = KernelLoader.load(wanted, folder)) {
                assertEquals(Optional.empty(), choice.warning());
            }
        }
    }

    @Test
    void whetherTheLibraryLoadedLiesBesideIt() throws IOException {
        Path library = NativeTiers.library(folder);
        Path stamp = library.resolveSibling(library.getFileName() + ".loads");
        assertFalse(Files.exists(stamp));
        KernelLoader.load(null, folder).close();
        KernelLoader.load(null, folder).close();
        assertTrue(Files.exists(stamp));
    }

    @Test
    void aFileThatIsNoLibraryIsRefusedByName() throws IOException {
        Path file = Files.writeString(folder.resolve("libother.so"), "not a library");
        var e = assertThrows(UnsatisfiedLinkError.class, () -> NativeKernels.load(file));
        assertTrue(e.getMessage().contains("libother.so"), e.getMessage());
    }
}
