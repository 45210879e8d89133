package io.step3.model;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed native memory that the operating system commits page by page as it is touched. {@link
 * Arena#allocate} writes zeros into every page, so a cache for 65,536 tokens would take its
 * gigabytes before the first token; C's {@code calloc} takes large blocks fresh from the system.
 */
final class LazyMemory {

    private static final MethodHandle CALLOC =
            handle(
                    "calloc",
                    FunctionDescriptor.of(
                            ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE =
            handle("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

    private LazyMemory() {}

    /** Memory of {@code bytes} zeros that {@code arena} frees. */
    static MemorySegment allocate(Arena arena, long bytes) {
        MemorySegment block;
        try {
            block = (MemorySegment) CALLOC.invokeExact(bytes, 1L);
        } catch (Throwable t) {
            throw new AssertionError("calloc does not throw", t);
        }
        if (block.equals(MemorySegment.NULL)) {
            throw new OutOfMemoryError(
                    "%,d bytes of native memory are not to be had: ask for a shorter context"
                            .formatted(bytes));
        }
        return block.reinterpret(bytes, arena, LazyMemory::free);
    }

    private static void free(MemorySegment block) {
        try {
            FREE.invokeExact(block);
        } catch (Throwable t) {
            throw new AssertionError("free does not throw", t);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }
}
