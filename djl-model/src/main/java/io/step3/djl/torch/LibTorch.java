package io.step3.djl.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
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
 * The stable C functions of libtorch, as far as operators need them. A handle of a tensor is a
 * pointer to one reference to it, and whoever owns the handle deletes it.
 */
final class LibTorch {

    /** What an operator's kernel is for libtorch: stack, number of arguments, number of results. */
    static final FunctionDescriptor KERNEL =
            FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG);

    private static final MethodHandle MH$getBoolean = handle(FunctionDescriptor.of(JAVA_BOOLEAN));
    private static final MethodHandle MH$of1 = function(ADDRESS);
    private static final MethodHandle MH$of2 = function(ADDRESS, ADDRESS);
    private static final MethodHandle MH$of3 = function(ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle MH$initDef = function(ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle MH$initImpl =
            function(ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle MH$emptyStrided =
            function(JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle MH$copy = function(ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle MH$scalar = function(JAVA_FLOAT, ADDRESS);

    private final SymbolLookup symbols;
    private final MemorySegment gradMode;
    private final MemorySegment callDispatcher;
    private final MemorySegment newHandle;
    private final MemorySegment deleteHandle;
    private final MemorySegment getDim;
    private final MemorySegment getSizes;
    private final MemorySegment getStrides;
    private final MemorySegment getType;
    private final MemorySegment getDeviceType;
    private final MemorySegment getDeviceIndex;
    private final MemorySegment getData;
    private final MemorySegment emptyStrided;
    private final MemorySegment copy;

    /**
     * Looks the functions up.
     *
     * @param folder where libtorch's files lie; it was loaded from there
     * @throws IllegalStateException if it is too old to have them
     */
    LibTorch(Path folder) {
        Path file = folder.resolve(System.mapLibraryName("torch_cpu"));
        symbols = SymbolLookup.libraryLookup(file, Arena.global());
        gradMode = find("grad_mode_is_enabled");
        callDispatcher = find("call_dispatcher");
        newHandle = find("new_tensor_handle");
        deleteHandle = find("delete_tensor_object");
        getDim = find("get_dim");
        getSizes = find("get_sizes");
        getStrides = find("get_strides");
        getType = find("get_dtype");
        getDeviceType = find("get_device_type");
        getDeviceIndex = find("get_device_index");
        getData = find("get_data_ptr");
        emptyStrided = find("empty_strided");
        copy = find("copy_");
    }

    private MemorySegment find(String name) {
        return symbols.find("aoti_torch_" + name)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "This libtorch lacks aoti_torch_%s: Step3's operators need PyTorch 2.7 or newer."
                                                .formatted(name)));
    }

    /** Whether PyTorch records in this thread what gradients need. */
    boolean recordsGradients() {
        try {
            return (boolean) MH$getBoolean.invokeExact(gradMode);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** A library of definitions for a namespace that has none yet. */
    MemorySegment define(String namespace) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int status =
                    (int)
                            MH$initDef.invokeExact(
                                    find("library_init_def"),
                                    arena.allocateFrom(namespace),
                                    // libtorch keeps where a library comes from.
                                    Arena.global().allocateFrom("io.step3.djl.torch"),
                                    0,
                                    out);
            check("library_init_def", status);
            return out.get(ADDRESS, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** A library of kernels for a kind of device, such as {@code "CPU"}. */
    MemorySegment implement(String namespace, String key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int status =
                    (int)
                            MH$initImpl.invokeExact(
                                    find("library_init_impl"),
                                    arena.allocateFrom(namespace),
                                    arena.allocateFrom(key),
                                    Arena.global().allocateFrom("io.step3.djl.torch"),
                                    0,
                                    out);
            check("library_init_impl", status);
            return out.get(ADDRESS, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    void define(MemorySegment library, String schema) {
        try (Arena arena = Arena.ofConfined()) {
            call2("library_def", library, arena.allocateFrom(schema));
        }
    }

    void implement(MemorySegment library, String name, MemorySegment kernel) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            int status = (int) MH$of3.invokeExact(find("library_impl"), library, text, kernel);
            check("library_impl", status);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Takes back what a library defined. */
    void delete(MemorySegment library) {
        try {
            check(
                    "delete_library_object",
                    (int) MH$of1.invokeExact(find("delete_library_object"), library));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /**
     * Calls an operator.
     *
     * @param name with its namespace
     * @param stack its arguments, whose handles go over to it; its results on return
     */
    void dispatch(MemorySegment name, MemorySegment stack) {
        try {
            MemorySegment overload = name.asSlice(name.byteSize() - 1); // the empty one
            int status = (int) MH$of3.invokeExact(callDispatcher, name, overload, stack);
            check("call_dispatcher", status);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** One more handle of a tensor. */
    MemorySegment another(MemorySegment tensor) {
        return pointer("new_tensor_handle", newHandle, tensor);
    }

    /**
     * As {@link #another(MemorySegment)}, without taking anything from the heap.
     *
     * @param into where the new handle is written
     */
    void another(MemorySegment tensor, MemorySegment into) {
        try {
            check("new_tensor_handle", (int) MH$of2.invokeExact(newHandle, tensor, into));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Deletes a handle, and the tensor with its last. */
    void deleteTensor(MemorySegment tensor) {
        try {
            check("delete_tensor_object", (int) MH$of1.invokeExact(deleteHandle, tensor));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int type(MemorySegment tensor) {
        return integer("get_dtype", getType, tensor);
    }

    int deviceType(MemorySegment tensor) {
        return integer("get_device_type", getDeviceType, tensor);
    }

    int deviceIndex(MemorySegment tensor) {
        return integer("get_device_index", getDeviceIndex, tensor);
    }

    long[] sizes(MemorySegment tensor) {
        return longs(pointer("get_sizes", getSizes, tensor), tensor);
    }

    /** In numbers, not in bytes. */
    long[] strides(MemorySegment tensor) {
        return longs(pointer("get_strides", getStrides, tensor), tensor);
    }

    /** Of its first number. */
    long address(MemorySegment tensor) {
        return pointer("get_data_ptr", getData, tensor).address();
    }

    /** A tensor whose numbers are not set. */
    MemorySegment empty(long[] sizes, long[] strides, int type, Tensor.Place place) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int status =
                    (int)
                            MH$emptyStrided.invokeExact(
                                    emptyStrided,
                                    (long) sizes.length,
                                    arena.allocateFrom(JAVA_LONG, sizes),
                                    arena.allocateFrom(JAVA_LONG, strides),
                                    type,
                                    place.type(),
                                    place.index(),
                                    out);
            check("empty_strided", status);
            return out.get(ADDRESS, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Copies numbers whatever their strides, spread where the source has fewer dimensions. */
    void copy(MemorySegment to, MemorySegment from) {
        try {
            check("copy_", (int) MH$copy.invokeExact(copy, to, from, 0));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** A tensor of no dimensions, on the CPU. */
    MemorySegment scalar(float value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            MemorySegment function = find("scalar_to_tensor_float32");
            check("scalar_to_tensor_float32", (int) MH$scalar.invokeExact(function, value, out));
            return out.get(ADDRESS, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private long[] longs(MemorySegment at, MemorySegment tensor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            check("get_dim", (int) MH$of2.invokeExact(getDim, tensor, out));
            return at.reinterpret(out.get(JAVA_LONG, 0) * Long.BYTES).toArray(JAVA_LONG);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private static MemorySegment pointer(
            String name, MemorySegment function, MemorySegment tensor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            check(name, (int) MH$of2.invokeExact(function, tensor, out));
            return out.get(ADDRESS, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private static int integer(String name, MemorySegment function, MemorySegment tensor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            check(name, (int) MH$of2.invokeExact(function, tensor, out));
            return out.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private void call2(String name, MemorySegment a, MemorySegment b) {
        try {
            check(name, (int) MH$of2.invokeExact(find(name), a, b));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private static void check(String name, int status) {
        if (status != 0) {
            throw new IllegalStateException(
                    "PyTorch refused aoti_torch_%s; it has written why to standard error."
                            .formatted(name));
        }
    }

    private static RuntimeException rethrown(Throwable e) {
        return switch (e) {
            case RuntimeException thrown -> throw thrown;
            case Error thrown -> throw thrown;
            default -> new IllegalStateException(e);
        };
    }

    /** A function that takes these arguments and returns a status. */
    private static MethodHandle function(MemoryLayout... arguments) {
        return handle(FunctionDescriptor.of(JAVA_INT, arguments));
    }

    private static MethodHandle handle(FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(type);
    }
}
