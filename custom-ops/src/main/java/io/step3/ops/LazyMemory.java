package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Zeroed native memory that the operating system commits page by page as it is touched, and takes
 * back when it is freed. {@link Arena#allocate} writes zeros into every page, so a cache for 65,536
 * tokens would take its gigabytes before the first token.
 *
 * <p>On Linux large blocks are mapped by {@code mmap}: C's {@code calloc} would, once a block of
 * the size was freed, cut the next from its heap, clear it whole, and keep it when it is freed.
 * Elsewhere, and for small blocks, {@code calloc} serves.
 */
final class LazyMemory {

    /** Smaller blocks are no loss to C's heap. */
    private static final long LEAST_MAPPED = 64 << 10;

    /** A multiple of every page size that Linux has on the processors we know. */
    private static final long PAGE = 64 << 10;

    // Linux: PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, MADV_DONTNEED.
    private static final int READ_WRITE = 1 | 2;
    private static final int PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final int DONT_NEED = 4;

    private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

    private static final MethodHandle CALLOC =
            handle(
                    "calloc",
                    FunctionDescriptor.of(
                            ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE =
            handle("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    private static final MethodHandle MMAP =
            linux(
                    "mmap",
                    FunctionDescriptor.of(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG));
    private static final MethodHandle MUNMAP =
            linux(
                    "munmap",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle MADVISE =
            linux(
                    "madvise",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT));

    private LazyMemory() {}

    /** Memory of {@code bytes} zeros that {@code arena} frees. */
    static MemorySegment allocate(Arena arena, long bytes) {
        boolean mapped = LINUX && bytes >= LEAST_MAPPED;
        MemorySegment block = mapped ? map(bytes) : calloc(bytes);
        if (block.address() == 0 || mapped && block.address() == -1) {
            throw new OutOfMemoryError(
                    "%,d bytes of native memory are not to be had: ask for a shorter context"
                            .formatted(bytes));
        }
        Consumer<MemorySegment> free = mapped ? LazyMemory::unmap : LazyMemory::free;
        try {
            return block.reinterpret(bytes, arena, free);
        } catch (RuntimeException | Error e) {
            free.accept(block.reinterpret(bytes));
            throw e;
        }
    }

    /**
     * Gives the pages that lie wholly within a part of a block back to the operating system; they
     * read as zeros afterwards. Does nothing where the system cannot, and nothing for small parts.
     */
    static void release(MemorySegment part) {
        long skip = Math.floorMod(-part.address(), PAGE);
        long bytes = (part.byteSize() - skip) / PAGE * PAGE;
        if (!LINUX || bytes <= 0) {
            return;
        }
        try {
            // What it returns does not matter: memory that is not given back is still ours.
            int ignored = (int) MADVISE.invokeExact(part.asSlice(skip, bytes), bytes, DONT_NEED);
        } catch (Throwable t) {
            throw new AssertionError("madvise does not throw", t);
        }
    }

    private static MemorySegment map(long bytes) {
        try {
            return (MemorySegment)
                    MMAP.invokeExact(
                            MemorySegment.NULL, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
        } catch (Throwable t) {
            throw new AssertionError("mmap does not throw", t);
        }
    }

    private static MemorySegment calloc(long bytes) {
        try {
            return (MemorySegment) CALLOC.invokeExact(bytes, 1L);
        } catch (Throwable t) {
            throw new AssertionError("calloc does not throw", t);
        }
    }

    private static void unmap(MemorySegment block) {
        try {
            int ignored = (int) MUNMAP.invokeExact(block, block.byteSize());
        } catch (Throwable t) {
            throw new AssertionError("munmap does not throw", t);
        }
    }

    private static void free(MemorySegment block) {
        try {
            FREE.invokeExact(block);
        } catch (Throwable t) {
            throw new AssertionError("free does not throw", t);
        }
    }

    private static @Nullable MethodHandle linux(String name, FunctionDescriptor type) {
        return LINUX ? handle(name, type) : null;
    }

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }
}
