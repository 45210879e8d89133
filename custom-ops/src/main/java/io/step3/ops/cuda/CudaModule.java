package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Kernels that a device has loaded. They live as long as the arena that they were loaded for. */
public final class CudaModule {
    private static final int DYNAMIC_SHARED = 8;
    private static final int SHARED_WITHOUT_ASKING = 48 * 1024;
    private static final int MOST_THREADS = 1024;

    private final CudaDevice device;
    private final Arena owner;
    private final MemorySegment handle;

    CudaModule(CudaDevice device, Arena owner, MemorySegment handle) {
        this.device = device;
        this.owner = owner;
        this.handle = handle;
    }

    /**
     * A kernel that takes one struct of arguments, by value.
     *
     * @param threads of a block, from 1 to 1024
     * @param sharedBytes the most dynamic shared memory that a block will have
     * @param argumentBytes of the struct, compared with what the compiler laid out where the driver
     *     can say it (CUDA 12.4 and later)
     * @throws IllegalStateException if the kernel takes something else
     * @throws IllegalArgumentException if a block cannot be so large on this device
     * @throws CudaException if there is no kernel of this name
     */
    public CudaKernel kernel(String name, int threads, int sharedBytes, int argumentBytes) {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(
                    "%s: a block has 1 to %d threads, not %d"
                            .formatted(name, MOST_THREADS, threads));
        }
        if (sharedBytes < 0 || sharedBytes > device.sharedLimit()) {
            throw new IllegalArgumentException(
                    "%s: a block of %s may have %d bytes of shared memory, not %d"
                            .formatted(name, device, device.sharedLimit(), sharedBytes));
        }
        if (argumentBytes < 1 || argumentBytes > CudaStream.ARGUMENT_BYTES) {
            throw new IllegalArgumentException(
                    "%s: arguments have 1 to %d bytes, not %d"
                            .formatted(name, CudaStream.ARGUMENT_BYTES, argumentBytes));
        }
        DeviceContext context = device.context();
        DriverFunctions functions = context.functions();
        context.enter();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(ADDRESS);
            int status =
                    functions.call(
                            functions.moduleGetFunction, value, handle, call.allocateFrom(name));
            if (status != 0) {
                throw context.exception(
                        status, functions.moduleGetFunction, "looking for the kernel " + name);
            }
            MemorySegment function = value.get(ADDRESS, 0).reinterpret(owner, null);
            checkArguments(call, functions, name, function, argumentBytes);
            if (sharedBytes > SHARED_WITHOUT_ASKING) {
                status =
                        functions.call(
                                functions.funcSetAttribute, function, DYNAMIC_SHARED, sharedBytes);
                if (status != 0) {
                    throw context.exception(
                            status,
                            functions.funcSetAttribute,
                            "asking for %d bytes of shared memory for %s"
                                    .formatted(sharedBytes, name));
                }
            }
            return new CudaKernel(context, name, function, threads, sharedBytes, argumentBytes);
        }
    }

    private void checkArguments(
            Arena call,
            DriverFunctions functions,
            String name,
            MemorySegment function,
            int argumentBytes) {
        DriverFunctions.Function info = functions.funcGetParamInfo;
        if (info == null) {
            return;
        }
        MemorySegment offset = call.allocate(JAVA_LONG);
        MemorySegment size = call.allocate(JAVA_LONG);
        int first = functions.call(info, function, 0L, offset, size);
        if (first != 0 || size.get(JAVA_LONG, 0) != argumentBytes) {
            throw new IllegalStateException(
                    "the kernel %s takes %d bytes of arguments, not %d"
                            .formatted(
                                    name, first == 0 ? size.get(JAVA_LONG, 0) : 0, argumentBytes));
        }
        if (functions.call(info, function, 1L, offset, size) == 0) {
            throw new IllegalStateException(
                    "the kernel %s takes more than one struct of arguments".formatted(name));
        }
    }
}
