package io.step3.ops;

import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaDriver;
import io.step3.ops.cuda.CudaException;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * The device beside the CPU, or why there is none. To look costs next to nothing where no driver is
 * installed.
 */
public final class Device implements AutoCloseable {
    private final @Nullable CudaDevice cuda;
    private final @Nullable Backend backend;
    private final @Nullable String reason;

    private Device(@Nullable CudaDevice cuda, @Nullable Backend backend, @Nullable String reason) {
        this.cuda = cuda;
        this.backend = backend;
        this.reason = reason;
    }

    /**
     * What is known of a device, also of one that has no kernels here.
     *
     * @param name what its maker calls it
     * @param architecture 90 for sm_90
     * @param memory bytes that it has
     * @param driver the newest CUDA that its driver can do: 12080 is 12.8
     */
    public record Facts(String name, int architecture, long memory, int driver) {}

    /**
     * Looks for the first device.
     *
     * @param library the driver's; null or empty for the system's own
     */
    static Device find(@Nullable String library) {
        CudaDevice cuda;
        try {
            CudaDriver driver = CudaDriver.open(library);
            if (driver.deviceCount() == 0) {
                return new Device(null, null, "The CUDA driver shows no device to this process.");
            }
            cuda = driver.device(0);
        } catch (UnsatisfiedLinkError | CudaException e) {
            return new Device(null, null, e.getMessage());
        } catch (IllegalCallerException e) {
            return new Device(null, null, BackendLoader.NO_NATIVE_ACCESS);
        }
        try {
            Optional<CudaBackendFactory> factory =
                    ServiceLoader.load(
                                    CudaBackendFactory.class,
                                    CudaBackendFactory.class.getClassLoader())
                            .findFirst();
            if (factory.isPresent()) {
                return new Device(cuda, factory.get().on(cuda), null);
            }
            return new Device(cuda, null, "This build cannot compute on a CUDA device.");
        } catch (IllegalStateException | CudaException | OutOfMemoryError e) {
            return new Device(cuda, null, e.getMessage());
        } catch (RuntimeException | Error e) {
            cuda.close();
            throw e;
        }
    }

    /** What computes on it; empty if nothing can, for a {@link #reason}. */
    public Optional<Backend> backend() {
        return Optional.ofNullable(backend);
    }

    /** Why there is no device, or nothing computes on it: a sentence. */
    public Optional<String> reason() {
        return Optional.ofNullable(reason);
    }

    /** What is known of the device, if there is one. */
    public Optional<Facts> facts() {
        return Optional.ofNullable(cuda)
                .map(
                        d ->
                                new Facts(
                                        d.name(),
                                        d.architecture(),
                                        d.totalMemory(),
                                        d.driverVersion()));
    }

    /**
     * Bytes of its memory that are free at this moment.
     *
     * @throws NoSuchElementException if there is no device
     */
    public long freeBytes() {
        if (cuda == null) {
            throw new NoSuchElementException(reason);
        }
        return cuda.freeMemory();
    }

    /** Closes the backend, and gives the device back. A second call does nothing. */
    @Override
    public void close() {
        if (backend != null) {
            backend.close();
        }
        if (cuda != null) {
            cuda.close();
        }
    }
}
