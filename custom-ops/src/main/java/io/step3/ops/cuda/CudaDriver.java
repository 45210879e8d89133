package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The library of the CUDA driver. Once loaded it stays until the process ends: the driver has
 * threads of its own.
 */
public final class CudaDriver {
    private final DriverFunctions functions;
    private final int version;
    private final int devices;

    private CudaDriver(DriverFunctions functions) {
        this.functions = functions;
        functions.check(functions.call(functions.init, 0), functions.init, null);
        version = number(functions.driverGetVersion);
        devices = number(functions.deviceGetCount);
    }

    /**
     * Loads the driver.
     *
     * @param library a file, or a name that the system looks up; null or empty for the system's own
     * @throws UnsatisfiedLinkError in one sentence, if there is none or it is too old
     * @throws CudaException if it does not start, also where it finds no device
     */
    public static CudaDriver open(@Nullable String library) {
        boolean systems = library == null || library.isEmpty();
        String name = systems ? systemLibrary() : library;
        SymbolLookup symbols;
        try {
            symbols =
                    name.indexOf('/') >= 0 || name.indexOf('\\') >= 0
                            ? SymbolLookup.libraryLookup(Path.of(name), Arena.global())
                            : SymbolLookup.libraryLookup(name, Arena.global());
        } catch (IllegalArgumentException e) { // also of a path
            UnsatisfiedLinkError none =
                    new UnsatisfiedLinkError(
                            systems
                                    ? "There is no CUDA driver: %s is not installed."
                                            .formatted(name)
                                    : "%s cannot be loaded as a CUDA driver.".formatted(name));
            none.initCause(e);
            throw none;
        }
        return new CudaDriver(new DriverFunctions(symbols));
    }

    private static String systemLibrary() {
        return System.getProperty("os.name").startsWith("Windows") ? "nvcuda.dll" : "libcuda.so.1";
    }

    /** The newest CUDA that it can do: 12080 is 12.8. */
    public int version() {
        return version;
    }

    /** How many devices it shows to this process. */
    public int deviceCount() {
        return devices;
    }

    /**
     * Opens a device.
     *
     * @param ordinal from 0
     * @throws IndexOutOfBoundsException if there are not so many
     * @throws CudaException if it cannot be used, for example because another process has it for
     *     itself
     */
    public CudaDevice device(int ordinal) {
        if (ordinal < 0 || ordinal >= devices) {
            throw new IndexOutOfBoundsException(
                    "there are %d CUDA devices, none with the number %d"
                            .formatted(devices, ordinal));
        }
        return new CudaDevice(functions, version, ordinal);
    }

    private int number(DriverFunctions.Function function) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(JAVA_INT);
            functions.check(functions.call(function, value), function, null);
            return value.get(JAVA_INT, 0);
        }
    }
}
