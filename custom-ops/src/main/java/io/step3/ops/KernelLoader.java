package io.step3.ops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the fastest kernels that run here: the native library with the CPU's best instruction
 * set, else plain Java.
 */
public final class KernelLoader {
    private static final String VARIABLE = "STEP3_KERNELS";

    /**
     * Ends the name of an empty file beside the laid library once it was loaded here. What starts
     * Java may look for it, to choose options that suit native kernels: it is missing before the
     * first load, and taken away where the library does not load.
     */
    private static final String LOADS = ".loads";

    private KernelLoader() {}

    /**
     * What was chosen, and why nothing better was.
     *
     * @param kernels to compute with, until {@link #close}
     * @param refused everything that would have been faster
     * @param asked whether these very kernels were asked for
     */
    public record Choice(Kernels kernels, List<Refusal> refused, boolean asked)
            implements AutoCloseable {
        public Choice {
            refused = List.copyOf(refused);
        }

        /** What a person should be told: that everything is slow for a reason nobody asked for. */
        public Optional<String> warning() {
            if (asked || kernels instanceof NativeKernels || refused.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    "Step3 computes with plain Java, many times slower than with its native library: "
                            + refused.getFirst().reason());
        }

        /** Frees what the kernels hold; nothing may be computing. */
        @Override
        public void close() {
            if (kernels instanceof NativeKernels library) {
                library.close();
            }
        }
    }

    /**
     * Kernels that were not chosen.
     *
     * @param kernels their name, such as {@code cpu avx512}
     * @param reason one sentence
     */
    public record Refusal(String kernels, String reason) {}

    /**
     * Chooses what the environment variable {@code STEP3_KERNELS} names ({@code java}, {@code
     * scalar}, {@code avx2}, {@code avx512} or {@code avx512-vbmi}), else the fastest.
     *
     * @throws IllegalArgumentException if the variable names something that does not exist or does
     *     not run here
     */
    public static Choice load() {
        return load(System.getenv(VARIABLE));
    }

    /**
     * As {@link #load()}, with a name in place of the variable.
     *
     * @param wanted {@code java}, {@code scalar}, {@code avx2}, {@code avx512} or {@code
     *     avx512-vbmi}; null or empty for the fastest
     * @throws IllegalArgumentException if there are no kernels of this name, or not here
     */
    public static Choice load(String wanted) {
        return load(wanted, PackedLibrary.cacheFolder());
    }

    /**
     * As {@link #load()}.
     *
     * @param wanted what the variable says; null or empty if it is not set
     * @param cache where to lay the native library
     */
    static Choice load(String wanted, Path cache) {
        if (wanted == null || wanted.isEmpty()) {
            return fastest(cache);
        }
        if (wanted.equals("java")) {
            return new Choice(
                    new JavaKernels(),
                    List.of(new Refusal("cpu", VARIABLE + " asks for plain Java.")),
                    true);
        }
        CpuTier tier =
                CpuTier.labelled(wanted)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                VARIABLE
                                                        + " must be java, scalar, avx2, avx512 or"
                                                        + " avx512-vbmi, not \""
                                                        + wanted
                                                        + "\"."));
        try {
            NativeKernels kernels = loaded(library(cache), tier);
            return new Choice(kernels, refusedTiers(kernels), true);
        } catch (IOException | UnsatisfiedLinkError | IllegalStateException e) {
            throw new IllegalArgumentException(
                    "%s asks for %s: %s".formatted(VARIABLE, wanted, reason(e)), e);
        }
    }

    private static Choice fastest(Path cache) {
        try {
            NativeKernels kernels = loaded(library(cache), null);
            return new Choice(kernels, refusedTiers(kernels), false);
        } catch (IOException
                | UnsatisfiedLinkError
                | IllegalStateException
                | IllegalCallerException
                | OutOfMemoryError e) {
            return new Choice(new JavaKernels(), List.of(new Refusal("cpu", reason(e))), false);
        }
    }

    private static NativeKernels loaded(Path library, CpuTier tier) {
        Path stamp = library.resolveSibling(library.getFileName() + LOADS);
        NativeKernels kernels;
        try {
            kernels = NativeKernels.load(library, tier, 0);
        } catch (UnsatisfiedLinkError | IllegalCallerException e) {
            note(() -> Files.deleteIfExists(stamp));
            throw e;
        }
        if (!Files.exists(stamp)) {
            note(() -> Files.createFile(stamp));
        }
        return kernels;
    }

    private interface Note {
        void write() throws IOException;
    }

    private static void note(Note note) {
        try {
            note.write();
        } catch (IOException e) {
            // Another process was quicker, or nothing can be written: only a start is slower then.
        }
    }

    private static Path library(Path cache) throws IOException {
        PackedLibrary packed =
                PackedLibrary.find()
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                "This build holds no native library for %s on %s."
                                                        .formatted(
                                                                System.getProperty("os.name"),
                                                                System.getProperty("os.arch"))));
        return packed.extract(cache);
    }

    private static List<Refusal> refusedTiers(NativeKernels kernels) {
        List<CpuTier> supported = kernels.supportedTiers();
        List<Refusal> refused = new ArrayList<>();
        for (CpuTier tier : CpuTier.values()) {
            if (tier.compareTo(kernels.tier()) > 0) {
                String reason =
                        supported.contains(tier)
                                ? VARIABLE + " asks for " + kernels.tier().label() + "."
                                : "This CPU or operating system lacks it.";
                refused.add(new Refusal("cpu " + tier.label(), reason));
            }
        }
        return refused;
    }

    private static String reason(Throwable e) {
        return switch (e) {
            case IllegalCallerException _ ->
                    "Native access is refused: start java with"
                            + " --enable-native-access=ALL-UNNAMED.";
            case IOException _ when e.getClass() != IOException.class -> // its text is a bare path
                    "The library cannot be laid into its cache folder: " + e;
            default -> e.getMessage();
        };
    }
}
