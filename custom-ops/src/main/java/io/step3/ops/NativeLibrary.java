package io.step3.ops;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The functions of {@code step3_ops.h} in one loaded library. The handles are constants, shared by
 * all libraries; each library's own addresses are what they are called with.
 *
 * <p>None of the calls is {@code Linker.Option.critical}: they may take long, and would hold up the
 * garbage collector.
 */
final class NativeLibrary implements AutoCloseable {
    private static final int ABI_VERSION = 3;

    private static final MethodHandle MH$getInt = handle();
    private static final MethodHandle MH$getText =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(ADDRESS));
    private static final MethodHandle MH$create = handle(ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle MH$ofPointer = handle(ADDRESS);
    private static final MethodHandle MH$guard = handle(ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle MH$expertsScratch =
            Linker.nativeLinker()
                    .downcallHandle(
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                    JAVA_LONG));

    /**
     * Any operation: context, arguments, and what these point to. Native code never sees those last
     * arguments (its calling conventions ignore what a function does not declare): they are passed
     * because Java lets no memory be freed that a running call was given. One segment of each
     * lifetime is enough, and more than three lifetimes are rare.
     */
    static final MethodHandle MH$operation = handle(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);

    static final MethodHandle MH$operationOnMany =
            handle(
                    ADDRESS, ADDRESS, //
                    ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, //
                    ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);

    private static final MethodHandle MH$sizeof =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_LONG, ADDRESS));

    final MemorySegment embed;
    final MemorySegment rmsNorm;
    final MemorySegment layerNorm;
    final MemorySegment linear;
    final MemorySegment rotate;
    final MemorySegment append;
    final MemorySegment attention;
    final MemorySegment fullAttention;
    final MemorySegment route;
    final MemorySegment experts;
    final MemorySegment siluMultiply;
    final MemorySegment quickGelu;
    final MemorySegment add;
    final MemorySegment convolve;
    final MemorySegment quantize;
    final MemorySegment fakeQuantize;

    private final Arena arena = Arena.ofShared();
    private final SymbolLookup symbols;
    private final MemorySegment lastError;
    private final MemorySegment expertsScratch;

    /**
     * Loads a library file.
     *
     * @throws UnsatisfiedLinkError in one sentence, if it is no library of ours for this system
     */
    NativeLibrary(Path file) {
        try {
            symbols = SymbolLookup.libraryLookup(file, arena);
            int version = getInt("step3_abi_version");
            if (version != ABI_VERSION) {
                throw new UnsatisfiedLinkError(
                        "%s speaks version %d of the interface, not %d"
                                .formatted(file, version, ABI_VERSION));
            }
            checkSizes(file);
            lastError = address("step3_last_error");
            expertsScratch = address("step3_experts_scratch");
            embed = address("step3_embed");
            rmsNorm = address("step3_rms_norm");
            layerNorm = address("step3_layer_norm");
            linear = address("step3_linear");
            rotate = address("step3_rotate");
            append = address("step3_append");
            attention = address("step3_attention");
            fullAttention = address("step3_full_attention");
            route = address("step3_route");
            experts = address("step3_experts");
            siluMultiply = address("step3_silu_multiply");
            quickGelu = address("step3_quick_gelu");
            add = address("step3_add");
            convolve = address("step3_convolve");
            quantize = address("step3_quantize");
            fakeQuantize = address("step3_fake_quantize");
        } catch (IllegalArgumentException e) {
            arena.close();
            throw new UnsatisfiedLinkError(file + " cannot be loaded: " + e.getMessage());
        } catch (UnsatisfiedLinkError e) {
            arena.close();
            throw e;
        }
    }

    /** What is written here must be what the library reads there. */
    private void checkSizes(Path file) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment sizeof = address("step3_sizeof");
            for (Struct struct : Struct.values()) {
                long bytes =
                        (long) MH$sizeof.invokeExact(sizeof, call.allocateFrom(struct.label()));
                if (bytes != struct.bytes()) {
                    throw new UnsatisfiedLinkError(
                            "%s has a %s of %d bytes, not %d"
                                    .formatted(file, struct.label(), bytes, struct.bytes()));
                }
            }
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    CpuTier cpuTier() {
        return CpuTier.values()[getInt("step3_cpu_tier")];
    }

    int physicalCores() {
        return getInt("step3_physical_cores");
    }

    /** A new context. */
    MemorySegment create(CpuTier tier, int threads) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment context = call.allocate(ADDRESS);
            check(
                    (int)
                            MH$create.invokeExact(
                                    address("step3_create"), context, tier.code(), threads));
            return context.get(ADDRESS, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** A new guard of a mapping. */
    MemorySegment guard(MemorySegment mapping) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment guard = call.allocate(ADDRESS);
            check(
                    (int)
                            MH$guard.invokeExact(
                                    address("step3_guard_create"),
                                    guard,
                                    mapping,
                                    mapping.byteSize()));
            return guard.get(ADDRESS, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    boolean isLost(MemorySegment guard) {
        return ofPointer("step3_guard_lost", guard) != 0;
    }

    void unguard(MemorySegment guard) {
        check(ofPointer("step3_guard_destroy", guard));
    }

    int threads(MemorySegment context) {
        return ofPointer("step3_context_threads", context);
    }

    void destroy(MemorySegment context) {
        check(ofPointer("step3_destroy", context));
    }

    long expertsScratch(long rows, long k, long experts, long hidden, long width) {
        try {
            return (long)
                    MH$expertsScratch.invokeExact(expertsScratch, rows, k, experts, hidden, width);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /**
     * Turns a status into an exception.
     *
     * @throws IllegalArgumentException for an argument that is out of range
     * @throws ArithmeticException for router logits that are not finite
     * @throws IllegalStateException for an instruction set that this CPU lacks
     * @throws OutOfMemoryError if there is no memory
     * @throws WeightsLostException if a weight's file lost pages
     */
    void check(int status) {
        if (status == 0) {
            return;
        }
        String message = lastError();
        switch (status) {
            case 1 -> throw new IllegalArgumentException(message);
            case 2 -> throw new ArithmeticException(message);
            case 3 -> throw new OutOfMemoryError(message);
            case 5 -> throw new WeightsLostException(message);
            default -> throw new IllegalStateException(message);
        }
    }

    /** What {@code invokeExact} declares to throw, but a native function cannot. */
    static RuntimeException rethrown(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException exception
                ? exception
                : new IllegalStateException("a native call failed", e);
    }

    /** Unloads the library: no function may be running, and none can be called any more. */
    @Override
    public void close() {
        arena.close();
    }

    private String lastError() {
        try {
            MemorySegment text = (MemorySegment) MH$getText.invokeExact(lastError);
            return text.reinterpret(256).getString(0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private int getInt(String function) {
        try {
            return (int) MH$getInt.invokeExact(address(function));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private int ofPointer(String function, MemorySegment pointer) {
        try {
            return (int) MH$ofPointer.invokeExact(address(function), pointer);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private MemorySegment address(String function) {
        return symbols.find(function)
                .orElseThrow(() -> new UnsatisfiedLinkError("the library lacks " + function));
    }

    private static MethodHandle handle(MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, parameters));
    }
}
