package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The driver's functions in a loaded library, called by the shape of their parameters. The handles
 * are constants, the addresses are the library's. Host memory and the driver's handles are memory
 * segments, which cannot be freed during a call; device addresses are numbers. Each returns the
 * driver's status. Nothing is allocated.
 */
final class DriverFunctions {
    private static final MethodHandle NONE = handle();
    private static final MethodHandle I = handle(JAVA_INT);
    private static final MethodHandle L = handle(JAVA_LONG);
    private static final MethodHandle A = handle(ADDRESS);
    private static final MethodHandle IA = handle(JAVA_INT, ADDRESS);
    private static final MethodHandle AI = handle(ADDRESS, JAVA_INT);
    private static final MethodHandle AL = handle(ADDRESS, JAVA_LONG);
    private static final MethodHandle AA = handle(ADDRESS, ADDRESS);
    private static final MethodHandle AII = handle(ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle AIA = handle(ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle ALI = handle(ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle AAI = handle(ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle AAL = handle(ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle AAA = handle(ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle ALAA = handle(ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
    private static final MethodHandle AAIAA = handle(ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);

    /**
     * The host's address is a number, as slices of segments would be objects; the whole follows.
     */
    private static final MethodHandle UPLOAD =
            handle(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);

    private static final MethodHandle DOWNLOAD = UPLOAD;
    private static final MethodHandle LLLA = handle(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS);
    private static final MethodHandle LBLA = handle(JAVA_LONG, JAVA_BYTE, JAVA_LONG, ADDRESS);
    private static final MethodHandle LAUNCH =
            handle(
                    ADDRESS, //
                    JAVA_INT, JAVA_INT, JAVA_INT, //
                    JAVA_INT, JAVA_INT, JAVA_INT, //
                    JAVA_INT, ADDRESS, ADDRESS, ADDRESS);

    /** A function of the driver. */
    record Function(String name, MemorySegment address) {}

    final Function init;
    final Function driverGetVersion;
    final Function deviceGetCount;
    final Function deviceGet;
    final Function deviceGetName;
    final Function deviceGetAttribute;
    final Function deviceTotalMem;
    final Function primaryCtxRetain;
    final Function primaryCtxRelease;
    final Function ctxSetCurrent;
    final Function ctxSynchronize;
    final Function memGetInfo;
    final Function memAlloc;
    final Function memFree;
    final Function memHostAlloc;
    final Function memFreeHost;
    final Function upload;
    final Function download;
    final Function copy;
    final Function fill;
    final Function streamCreate;
    final Function streamDestroy;
    final Function streamSynchronize;
    final Function streamQuery;
    final Function streamWaitEvent;
    final Function streamBeginCapture;
    final Function streamEndCapture;
    final Function eventCreate;
    final Function eventDestroy;
    final Function eventRecord;
    final Function eventSynchronize;
    final Function eventQuery;
    final Function eventElapsedTime;
    final Function graphInstantiate;
    final Function graphLaunch;
    final Function graphDestroy;
    final Function graphExecDestroy;
    final Function moduleLoadData;
    final Function moduleUnload;
    final Function moduleGetFunction;
    final Function funcSetAttribute;
    final Function funcGetAttribute;
    final Function launchKernel;

    /** Drivers before CUDA 12.4 lack it. */
    final @Nullable Function funcGetParamInfo;

    private final Function getErrorName;
    private final Function getErrorString;
    private final SymbolLookup symbols;

    /**
     * @throws UnsatisfiedLinkError naming the function that is missing
     */
    DriverFunctions(SymbolLookup symbols) {
        this.symbols = symbols;
        init = function("cuInit");
        driverGetVersion = function("cuDriverGetVersion");
        deviceGetCount = function("cuDeviceGetCount");
        deviceGet = function("cuDeviceGet");
        deviceGetName = function("cuDeviceGetName");
        deviceGetAttribute = function("cuDeviceGetAttribute");
        deviceTotalMem = function("cuDeviceTotalMem_v2");
        primaryCtxRetain = function("cuDevicePrimaryCtxRetain");
        primaryCtxRelease = function("cuDevicePrimaryCtxRelease_v2");
        ctxSetCurrent = function("cuCtxSetCurrent");
        ctxSynchronize = function("cuCtxSynchronize");
        memGetInfo = function("cuMemGetInfo_v2");
        memAlloc = function("cuMemAlloc_v2");
        memFree = function("cuMemFree_v2");
        memHostAlloc = function("cuMemHostAlloc");
        memFreeHost = function("cuMemFreeHost");
        upload = function("cuMemcpyHtoDAsync_v2");
        download = function("cuMemcpyDtoHAsync_v2");
        copy = function("cuMemcpyDtoDAsync_v2");
        fill = function("cuMemsetD8Async");
        streamCreate = function("cuStreamCreate");
        streamDestroy = function("cuStreamDestroy_v2");
        streamSynchronize = function("cuStreamSynchronize");
        streamQuery = function("cuStreamQuery");
        streamWaitEvent = function("cuStreamWaitEvent");
        streamBeginCapture = function("cuStreamBeginCapture_v2");
        streamEndCapture = function("cuStreamEndCapture");
        eventCreate = function("cuEventCreate");
        eventDestroy = function("cuEventDestroy_v2");
        eventRecord = function("cuEventRecord");
        eventSynchronize = function("cuEventSynchronize");
        eventQuery = function("cuEventQuery");
        eventElapsedTime = function("cuEventElapsedTime");
        graphInstantiate = function("cuGraphInstantiateWithFlags");
        graphLaunch = function("cuGraphLaunch");
        graphDestroy = function("cuGraphDestroy");
        graphExecDestroy = function("cuGraphExecDestroy");
        moduleLoadData = function("cuModuleLoadDataEx");
        moduleUnload = function("cuModuleUnload");
        moduleGetFunction = function("cuModuleGetFunction");
        funcSetAttribute = function("cuFuncSetAttribute");
        funcGetAttribute = function("cuFuncGetAttribute");
        launchKernel = function("cuLaunchKernel");
        getErrorName = function("cuGetErrorName");
        getErrorString = function("cuGetErrorString");
        funcGetParamInfo =
                symbols.find("cuFuncGetParamInfo")
                        .map(address -> new Function("cuFuncGetParamInfo", address))
                        .orElse(null);
    }

    private Function function(String symbol) {
        String name = symbol.endsWith("_v2") ? symbol.substring(0, symbol.length() - 3) : symbol;
        return symbols.find(symbol)
                .map(address -> new Function(name, address))
                .orElseThrow(
                        () ->
                                new UnsatisfiedLinkError(
                                        "The CUDA driver is too old: it lacks " + symbol + "."));
    }

    /**
     * Throws what a status says.
     *
     * @param doing what was tried, as in "allocating 10 bytes"
     */
    void check(int status, Function function, @Nullable String doing) {
        if (status != 0) {
            throw exception(status, function, doing);
        }
    }

    CudaException exception(int status, Function function, @Nullable String doing) {
        String name = text(getErrorName, status, "error " + status);
        return new CudaException(
                status,
                name,
                "%s failed%s: %s (%s)."
                        .formatted(
                                function.name(),
                                doing == null ? "" : ", " + doing,
                                text(getErrorString, status, "the driver does not say why"),
                                name));
    }

    private String text(Function which, int status, String otherwise) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment pointer = call.allocate(ADDRESS);
            if (call(which, status, pointer) != 0) {
                return otherwise;
            }
            MemorySegment text = pointer.get(ADDRESS, 0);
            return text.address() == 0 ? otherwise : text.reinterpret(1024).getString(0);
        }
    }

    int call(Function f) {
        try {
            return (int) NONE.invokeExact(f.address);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, int a) {
        try {
            return (int) I.invokeExact(f.address, a);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, long a) {
        try {
            return (int) L.invokeExact(f.address, a);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a) {
        try {
            return (int) A.invokeExact(f.address, a);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, int a, MemorySegment b) {
        try {
            return (int) IA.invokeExact(f.address, a, b);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, int b) {
        try {
            return (int) AI.invokeExact(f.address, a, b);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, long b) {
        try {
            return (int) AL.invokeExact(f.address, a, b);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, MemorySegment b) {
        try {
            return (int) AA.invokeExact(f.address, a, b);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, int b, int c) {
        try {
            return (int) AII.invokeExact(f.address, a, b, c);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, int b, MemorySegment c) {
        try {
            return (int) AIA.invokeExact(f.address, a, b, c);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, long b, int c) {
        try {
            return (int) ALI.invokeExact(f.address, a, b, c);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, MemorySegment b, int c) {
        try {
            return (int) AAI.invokeExact(f.address, a, b, c);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, MemorySegment b, long c) {
        try {
            return (int) AAL.invokeExact(f.address, a, b, c);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            return (int) AAA.invokeExact(f.address, a, b, c);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, MemorySegment a, long b, MemorySegment c, MemorySegment d) {
        try {
            return (int) ALAA.invokeExact(f.address, a, b, c, d);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(
            Function f, MemorySegment a, MemorySegment b, int c, MemorySegment d, MemorySegment e) {
        try {
            return (int) AAIAA.invokeExact(f.address, a, b, c, d, e);
        } catch (Throwable thrown) {
            throw rethrown(thrown);
        }
    }

    int upload(long to, MemorySegment from, long at, long bytes, MemorySegment stream) {
        try {
            return (int)
                    UPLOAD.invokeExact(
                            upload.address, to, from.address() + at, bytes, stream, from);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int download(MemorySegment to, long at, long from, long bytes, MemorySegment stream) {
        try {
            return (int)
                    DOWNLOAD.invokeExact(
                            download.address, to.address() + at, from, bytes, stream, to);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, long a, long b, long c, MemorySegment d) {
        try {
            return (int) LLLA.invokeExact(f.address, a, b, c, d);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int call(Function f, long a, byte b, long c, MemorySegment d) {
        try {
            return (int) LBLA.invokeExact(f.address, a, b, c, d);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Launches blocks of {@code threads} in one dimension. */
    int launch(
            MemorySegment kernel,
            int x,
            int y,
            int z,
            int threads,
            int shared,
            MemorySegment stream,
            MemorySegment parameters) {
        try {
            return (int)
                    LAUNCH.invokeExact(
                            launchKernel.address,
                            kernel,
                            x,
                            y,
                            z,
                            threads,
                            1,
                            1,
                            shared,
                            stream,
                            parameters,
                            MemorySegment.NULL);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** What {@code invokeExact} declares to throw, but a native function cannot. */
    private static RuntimeException rethrown(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException exception
                ? exception
                : new IllegalStateException("a call of the CUDA driver failed", e);
    }

    private static MethodHandle handle(MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, parameters));
    }
}
