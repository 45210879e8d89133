package io.step3.ops;

import java.util.List;

/** Chooses the fastest kernels that run here. */
public final class KernelLoader {
    private KernelLoader() {}

    /**
     * What was chosen, and why nothing better was.
     *
     * @param kernels to compute with, open until {@link #close}
     * @param refused everything that was tried before
     */
    public record Choice(Kernels kernels, List<Refusal> refused) implements AutoCloseable {
        /** Frees what the kernels hold; nothing may be computing. */
        @Override
        public void close() {
            if (kernels instanceof NativeKernels library) {
                library.close();
            }
        }
    }

    /**
     * Kernels that cannot be had here.
     *
     * @param kernels their name, such as {@code cpu}
     * @param reason one sentence
     */
    public record Refusal(String kernels, String reason) {}

    /** Chooses as the environment variable {@code STEP3_KERNELS} says, else the fastest. */
    public static Choice load() {
        return new Choice(
                new JavaKernels(),
                List.of(new Refusal("cpu", "The native library is not in this build.")));
    }
}
