package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * The emulated CUDA device, seen from behind: what tests set, provoke and ask. There is one in a
 * process. Its library is what {@link CudaDriver} loads by {@link #library()}.
 */
public final class EmulatedDevice {
    private static final Path LIBRARY =
            Path.of(System.getProperty("step3.emulated", "target/emulated/libcuda_emulated.so"));

    private final MethodHandle set;
    private final MethodHandle reset;
    private final MethodHandle error;
    private final MethodHandle count;
    private final MethodHandle calls;
    private final MethodHandle resetCounts;
    private final MethodHandle live;
    private final MethodHandle mutate;
    private final MethodHandle mutated;

    private EmulatedDevice() {
        SymbolLookup symbols = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        set = function(symbols, "set", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
        reset = function(symbols, "reset", FunctionDescriptor.ofVoid());
        error = function(symbols, "error", FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG));
        count = function(symbols, "count", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS));
        calls = function(symbols, "calls", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
        resetCounts = function(symbols, "reset_counts", FunctionDescriptor.ofVoid());
        live = function(symbols, "live", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
        mutate =
                function(symbols, "mutate", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, ADDRESS));
        mutated = function(symbols, "mutated", FunctionDescriptor.of(JAVA_LONG));
    }

    private static MethodHandle function(SymbolLookup in, String name, FunctionDescriptor shape) {
        return Linker.nativeLinker()
                .downcallHandle(in.findOrThrow("step3_emulated_" + name), shape);
    }

    /** Whether this build has one. */
    public static boolean exists() {
        return Files.exists(LIBRARY);
    }

    /** The file that stands for the driver's library. */
    public static String library() {
        return LIBRARY.toAbsolutePath().toString();
    }

    /**
     * As good as new: the settings are those of the environment, nothing is allocated, nothing is
     * lost. Errors are not written to stderr. The test is skipped where there is none.
     */
    public static EmulatedDevice fresh() {
        Assumptions.assumeTrue(exists(), "no emulated CUDA device in this build");
        EmulatedDevice device = new EmulatedDevice();
        device.reset();
        device.set("QUIET", "1");
        return device;
    }

    /** A setting, named as in the environment but without STEP3_EMULATED_. */
    public EmulatedDevice set(String name, Object value) {
        int understood;
        try (Arena call = Arena.ofConfined()) {
            understood =
                    (int)
                            set.invokeExact(
                                    call.allocateFrom(name), call.allocateFrom(value.toString()));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (understood == 0) {
            throw new IllegalArgumentException(
                    "the emulated device has no %s=%s".formatted(name, value));
        }
        return this;
    }

    /** Forgets everything; what the host still holds is void. */
    public void reset() {
        try {
            reset.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** What it has complained of last; empty if of nothing. */
    public String error() {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment text = call.allocate(4096);
            long length = (long) error.invokeExact(text, text.byteSize());
            return length == 0 ? "" : text.getString(0);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * A counter of all kernels: launches, blocks, instructions, collectives, barriers,
     * shared_accesses, bank_conflicts, read_bytes, read_sectors, written_bytes, written_sectors,
     * copied_bytes.
     */
    public long count(String counter) {
        return counted(MemorySegment.NULL, counter);
    }

    /** The same of one kernel. */
    public long count(String kernel, String counter) {
        try (Arena call = Arena.ofConfined()) {
            return counted(call.allocateFrom(kernel), counter);
        }
    }

    private long counted(MemorySegment kernel, String counter) {
        long n;
        try (Arena call = Arena.ofConfined()) {
            n = (long) count.invokeExact(kernel, call.allocateFrom(counter));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        if (n == -1) {
            throw new IllegalArgumentException("no counter " + counter);
        }
        return n;
    }

    /**
     * How often a function of the driver was called (its name without _v2), or how many
     * bytes_to_device, bytes_to_host or bytes_on_device were copied.
     */
    public long calls(String function) {
        return asked(calls, function);
    }

    /** How many allocations, bytes, streams, events, modules, graphs or contexts are alive. */
    public long live(String what) {
        return asked(live, what);
    }

    private static long asked(MethodHandle function, String name) {
        try (Arena call = Arena.ofConfined()) {
            return (long) function.invokeExact(call.allocateFrom(name));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** All counters and calls begin at zero again. */
    public void resetCounts() {
        try {
            resetCounts.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Replaces a line of a kernel's PTX in every module that is loaded until {@link #mend()}, also
     * after a reset.
     */
    public void mutate(String kernel, int line, String text) {
        try (Arena call = Arena.ofConfined()) {
            mutate.invokeExact(call.allocateFrom(kernel), (long) line, call.allocateFrom(text));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** How often that has happened. */
    public long mutated() {
        try {
            return (long) mutated.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Modules are loaded as they are again. */
    public void mend() {
        try {
            mutate.invokeExact(MemorySegment.NULL, 0L, MemorySegment.NULL);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
