package io.step3.ops;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * What one thread of this machine can do at most, for benchmarks to set their figures beside. It
 * uses the best instruction set of the processor, whatever kernels are measured, and computes in
 * the calling thread: who wants to know what all cores can do calls it from as many threads.
 */
public final class MachineProbe implements AutoCloseable {

    private static final MethodHandle MH$read =
            Linker.nativeLinker()
                    .downcallHandle(
                            FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MH$multiply =
            Linker.nativeLinker()
                    .downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS));

    private final Arena arena = Arena.ofShared();
    private final MemorySegment read;
    private final MemorySegment multiply;

    private MachineProbe(PackedLibrary library) throws IOException {
        try {
            SymbolLookup symbols =
                    SymbolLookup.libraryLookup(library.extract(PackedLibrary.cacheFolder()), arena);
            read = symbols.findOrThrow("step3_probe_read");
            multiply = symbols.findOrThrow("step3_probe_multiply");
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Loads the native library; empty where this build has none or it does not load here. {@code
     * ./step3 doctor} says why.
     */
    public static Optional<MachineProbe> load() {
        try {
            Optional<PackedLibrary> library = PackedLibrary.find();
            return library.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new MachineProbe(library.get()));
        } catch (IOException | IllegalArgumentException | IllegalCallerException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads memory, summing it up.
     *
     * @param memory of which whole pages of 4 KiB are read
     * @param streams how many places are read side by side, 1 or 4: which is faster depends on the
     *     machine
     * @return the sum
     */
    public long read(MemorySegment memory, int streams) {
        if (streams != 1 && streams != 4) {
            throw new IllegalArgumentException("streams: must be 1 or 4, not " + streams);
        }
        try {
            return (long) MH$read.invokeExact(read, memory, memory.byteSize(), (long) streams);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /**
     * Multiplies and adds float32 numbers that lie in registers.
     *
     * @param rounds how long: some nanoseconds each, at least 1
     * @return the operations done; a multiply-add counts as two
     */
    public long multiply(long rounds) {
        if (rounds < 1) {
            throw new IllegalArgumentException("rounds: must be at least 1, not " + rounds);
        }
        try (Arena call = Arena.ofConfined()) {
            return (long) MH$multiply.invokeExact(multiply, rounds, call.allocate(Float.BYTES));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /** Unloads the library: nothing may be running. */
    @Override
    public void close() {
        arena.close();
    }
}
