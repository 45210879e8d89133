package io.step3.ops.gpu;

import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaException;
import io.step3.ops.cuda.CudaKernel;
import io.step3.ops.cuda.CudaModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The kernels that this build carries, on a device. A module for each source file is loaded when
 * the first of its kernels is asked for. Safe for use by several threads.
 */
final class Kernels {
    private static final String INDEX = "kernels.properties";

    // Errors of the driver that say: nothing in this file is for this device.
    private static final int INVALID_IMAGE = 200;
    private static final int NO_BINARY = 209;

    private final CudaDevice device;
    private final Arena owner;
    private final Properties index;
    private final Map<String, CudaModule> loaded = new HashMap<>();

    private Kernels(CudaDevice device, Arena owner, Properties index) {
        this.device = device;
        this.owner = owner;
        this.index = index;
    }

    /**
     * Finds them. None is loaded yet.
     *
     * @param owner of the modules; a shared arena if several threads use this
     * @throws IllegalStateException in one sentence, if this build has none for this device or
     *     needs a newer driver
     */
    static Kernels find(CudaDevice device, Arena owner) {
        Properties index = new Properties();
        try (InputStream in = resource(INDEX)) {
            if (in == null) {
                throw new IllegalStateException(
                        "This build has no CUDA kernels: it was built without nvcc, or its jar with"
                                + " them (custom-ops, classifier cuda) is not on the class path.");
            }
            index.load(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        require(device.architecture(), device.driverVersion(), index);
        return new Kernels(device, owner, index);
    }

    /** Refuses what these kernels cannot run on, in one sentence. */
    static void require(int architecture, int driver, Properties index) {
        int oldest =
                Arrays.stream(index.getProperty("architectures").split(" "))
                        .mapToInt(Integer::parseInt)
                        .min()
                        .orElseThrow();
        if (architecture < oldest) {
            throw new IllegalStateException(
                    "This build has no kernels for sm_%d: a device of sm_%d or newer is needed."
                            .formatted(architecture, oldest));
        }
        // Within a major version drivers run what newer toolkits made.
        String toolkit = index.getProperty("toolkit");
        int major = Integer.parseInt(toolkit.substring(0, toolkit.indexOf('.')));
        if (driver / 1000 < major) {
            throw new IllegalStateException(
                    "The CUDA driver is too old: it can do CUDA %d.%d, and the kernels of this build"
                                    .formatted(driver / 1000, driver % 1000 / 10)
                            + " need CUDA %d.0.".formatted(major));
        }
    }

    /** Whether there is a kernel of this name that the device can run. */
    boolean has(String name) {
        String module = moduleOf(name);
        return module != null
                && device.architecture() >= Integer.parseInt(index.getProperty(module + ".from"));
    }

    /**
     * A kernel, whose module is loaded if need be.
     *
     * @see CudaModule#kernel
     * @throws IllegalStateException also if there is none of this name, or not for this device
     */
    CudaKernel kernel(String name, int threads, int sharedBytes, int argumentBytes) {
        String module = moduleOf(name);
        if (module == null) {
            throw new IllegalStateException("This build has no CUDA kernel " + name + ".");
        }
        return module(module).kernel(name, threads, sharedBytes, argumentBytes);
    }

    private @Nullable String moduleOf(String kernel) {
        for (String module : index.getProperty("modules").split(" ")) {
            if (Arrays.asList(index.getProperty(module + ".kernels").split(" ")).contains(kernel)) {
                return module;
            }
        }
        return null;
    }

    private synchronized CudaModule module(String name) {
        return loaded.computeIfAbsent(name, this::load);
    }

    private CudaModule load(String name) {
        try {
            return device.load(owner, image(name + ".fatbin"));
        } catch (CudaException e) {
            if (e.code() != INVALID_IMAGE && e.code() != NO_BINARY) {
                throw e;
            }
            // What does not read fat binaries compiles the text.
            return device.load(owner, image(name + ".ptx"));
        }
    }

    private static MemorySegment image(String file) {
        try (InputStream in = resource(file)) {
            if (in == null) {
                throw new IllegalStateException("This build lacks the CUDA kernels " + file + ".");
            }
            return MemorySegment.ofArray(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The kernels come in a jar of their own, which is another module where there are modules. */
    private static @Nullable InputStream resource(String file) {
        return Kernels.class
                .getClassLoader()
                .getResourceAsStream("io/step3/ops/gpu/kernels/" + file);
    }
}
