package io.step3.ops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the fastest backend that runs here: the native library with the CPU's best instruction
 * set, else plain Java.
 */
public final class BackendLoader {
    private static final String VARIABLE = "STEP3_KERNELS";
    private static final String DRIVER = "STEP3_CUDA";
    private static final String THREADS = "STEP3_THREADS";
    private static final int MOST_THREADS = 1024;

    static final String NO_NATIVE_ACCESS =
            "Native access is refused: start java with --enable-native-access=ALL-UNNAMED.";

    /**
     * Ends the name of an empty file beside the laid library once it was loaded here. What starts
     * Java may look for it, to choose options that suit native kernels: it is missing before the
     * first load, and taken away where the library does not load.
     */
    private static final String LOADS = ".loads";

    private BackendLoader() {}

    /**
     * What was chosen, and why nothing better was.
     *
     * @param backend to compute with, until {@link #close}
     * @param refused everything that would have been faster
     * @param asked whether this very backend was asked for
     */
    public record Choice(Backend backend, List<Refusal> refused, boolean asked)
            implements AutoCloseable {
        public Choice {
            refused = List.copyOf(refused);
        }

        /** What a person should be told: that everything is slow for a reason nobody asked for. */
        public Optional<String> warning() {
            if (asked || backend instanceof NativeBackend || refused.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    "Step3 computes with plain Java, many times slower than with its native library: "
                            + refused.getFirst().reason());
        }

        /** Closes the backend; nothing may be computing. */
        @Override
        public void close() {
            backend.close();
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
     * Chooses what the environment variable {@code STEP3_KERNELS} names ({@code cuda}, {@code
     * java}, {@code scalar}, {@code avx2}, {@code avx512} or {@code avx512-vbmi}), else the fastest
     * of the CPU's. {@link #device()} finds what may compute beside them.
     *
     * <p>Native kernels compute with as many threads as {@code STEP3_THREADS} says, else one for
     * each physical core that this process may use.
     *
     * @throws IllegalArgumentException if a variable names something that does not exist or does
     *     not run here
     */
    public static Choice load() {
        return load(0);
    }

    /** As {@link #load()}, with a number of threads: see {@link #load(String, int)}. */
    public static Choice load(int threads) {
        return load(System.getenv(VARIABLE), threads);
    }

    /**
     * As {@link #load()}, with a name in place of the variable.
     *
     * @param wanted {@code cuda}, {@code java}, {@code scalar}, {@code avx2}, {@code avx512} or
     *     {@code avx512-vbmi}; null or empty for the fastest of the CPU's
     * @throws IllegalArgumentException if there are no kernels of this name, or not here
     */
    public static Choice load(@Nullable String wanted) {
        return load(wanted, 0);
    }

    /**
     * As {@link #load(String)}, with a number of threads in place of the other variable.
     *
     * @param threads that compute, the caller's included, from 1 to 1024; 0 for what the variable
     *     says. Plain Java shares the threads of {@link java.util.concurrent.ForkJoinPool}'s common
     *     pool instead
     * @throws IllegalArgumentException also if there cannot be so many threads
     */
    public static Choice load(@Nullable String wanted, int threads) {
        int number = threads == 0 ? threads(System.getenv(THREADS)) : threads;
        return load(wanted, number, PackedLibrary.cacheFolder());
    }

    /**
     * Looks for a device beside the CPU, by the driver that the environment variable {@code
     * STEP3_CUDA} names, else the system's own.
     *
     * @return to be closed; also where there is none, with the reason
     */
    public static Device device() {
        return Device.find(System.getenv(DRIVER));
    }

    /** What the variable for threads says; 0 if it says nothing. */
    static int threads(String said) {
        if (said == null || said.isEmpty()) {
            return 0;
        }
        if (!said.matches("[1-9]\\d{0,3}") || Integer.parseInt(said) > MOST_THREADS) {
            throw new IllegalArgumentException(
                    "%s must be a number from 1 to %d, not \"%s\"."
                            .formatted(THREADS, MOST_THREADS, said));
        }
        return Integer.parseInt(said);
    }

    /**
     * As {@link #load()}.
     *
     * @param wanted what the variable says; null or empty if it is not set
     * @param threads 0 for one a core
     * @param cache where to lay the native library
     */
    static Choice load(@Nullable String wanted, int threads, Path cache) {
        if (threads < 0 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(
                    "threads must be from 1 to %d, not %d".formatted(MOST_THREADS, threads));
        }
        if (wanted == null || wanted.isEmpty()) {
            return fastest(cache, threads);
        }
        if (wanted.equals("java")) {
            return new Choice(
                    new JavaBackend(),
                    List.of(new Refusal("cpu", VARIABLE + " asks for plain Java.")),
                    true);
        }
        if (wanted.equals("cuda")) {
            return onDevice(device());
        }
        CpuTier tier =
                CpuTier.labelled(wanted)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                VARIABLE
                                                        + " must be cuda, java, scalar, avx2,"
                                                        + " avx512 or avx512-vbmi, not \""
                                                        + wanted
                                                        + "\"."));
        try {
            NativeBackend kernels = loaded(library(cache), tier, threads);
            return new Choice(kernels, refusedTiers(kernels), true);
        } catch (IOException | UnsatisfiedLinkError | IllegalStateException e) {
            throw new IllegalArgumentException(
                    "%s asks for %s: %s".formatted(VARIABLE, wanted, reason(e)), e);
        }
    }

    /** The device that was asked for: its backend owns it. */
    private static Choice onDevice(Device device) {
        return new Choice(
                device.backend()
                        .orElseThrow(
                                () -> {
                                    device.close();
                                    return new IllegalArgumentException(
                                            "%s asks for cuda: %s"
                                                    .formatted(
                                                            VARIABLE,
                                                            device.reason().orElseThrow()));
                                }),
                List.of(),
                true);
    }

    private static Choice fastest(Path cache, int threads) {
        try {
            NativeBackend kernels = loaded(library(cache), null, threads);
            return new Choice(kernels, refusedTiers(kernels), false);
        } catch (IOException
                | UnsatisfiedLinkError
                | IllegalStateException
                | IllegalCallerException
                | OutOfMemoryError e) {
            return new Choice(new JavaBackend(), List.of(new Refusal("cpu", reason(e))), false);
        }
    }

    private static NativeBackend loaded(Path library, CpuTier tier, int threads) {
        Path stamp = library.resolveSibling(library.getFileName() + LOADS);
        NativeBackend kernels;
        try {
            kernels = NativeBackend.load(library, tier, threads);
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

    private static List<Refusal> refusedTiers(NativeBackend kernels) {
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

    private static @Nullable String reason(Throwable e) {
        return switch (e) {
            case IllegalCallerException _ -> NO_NATIVE_ACCESS;
            case IOException _ when e.getClass() != IOException.class -> // its text is a bare path
                    "The library cannot be laid into its cache folder: " + e;
            default -> e.getMessage();
        };
    }
}
