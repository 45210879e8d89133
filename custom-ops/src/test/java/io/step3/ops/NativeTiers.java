package io.step3.ops;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The native kernels of this build, one for each instruction set that this CPU has. */
final class NativeTiers {
    private NativeTiers() {}

    /** To be closed by the caller; skips the test where the build has no native library. */
    static List<NativeBackend> open(Path folder, int threads) {
        Path file = library(folder);
        CpuTier best;
        try (NativeBackend backend = NativeBackend.load(file)) {
            best = backend.tier();
        }
        return best.andBelow().stream()
                .map(tier -> NativeBackend.load(file, tier, threads))
                .toList();
    }

    /** Whether this build has a native library for this system. */
    static boolean areBuilt() {
        try {
            return PackedLibrary.find().isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips the test where the build has no native library. */
    static Path library(Path folder) {
        try {
            PackedLibrary packed = PackedLibrary.find().orElse(null);
            Assumptions.assumeTrue(packed != null, "this build has no native library");
            return packed.extract(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
