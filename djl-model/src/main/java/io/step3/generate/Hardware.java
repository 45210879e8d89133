package io.step3.generate;

import static java.lang.System.Logger.Level.WARNING;

import com.sun.management.OperatingSystemMXBean;
import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.CheckpointException;
import io.step3.model.Backends;
import io.step3.model.Footprint;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementPlan;
import io.step3.model.PlacementRequest;
import io.step3.model.Step3Model;
import io.step3.model.Where;
import io.step3.ops.BackendLoader;
import io.step3.ops.Device;
import io.step3.ops.JavaBackend;
import io.step3.ops.NativeBackend;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * What a model is loaded onto: the CPU, and a device beside it where the placement may use one.
 *
 * @param freeDevice bytes that are free on the device, 0 without one
 * @param device what the second backend belongs to, or null where it is the caller's
 */
record Hardware(Backends backends, long freeDevice, @Nullable Device device) {

    /**
     * Looks for what the options ask for. Where kernels are chosen by name, only a placement that
     * asks for a device adds one to them.
     *
     * @param resources own what is opened
     * @throws IllegalArgumentException if the options ask for a device and there is none
     */
    static Hardware find(ModelOptions options, Resources resources) {
        BackendLoader.Choice chosen = resources.add(BackendLoader.load(options.threads()));
        chosen.warning().ifPresent(Hardware::warn);
        PlacementRequest request = options.placement();
        boolean asked = request != PlacementRequest.AUTO;
        if (!request.mayUseDevice() || chosen.asked() && !asked || isDevice(chosen)) {
            return new Hardware(new Backends(chosen.backend()), 0, null);
        }
        Device device = resources.add(BackendLoader.device());
        if (device.backend().isPresent()) {
            var both = new Backends(chosen.backend(), device.backend().get());
            return new Hardware(both, device.freeBytes(), device);
        }
        if (asked) {
            throw new IllegalArgumentException(
                    "the placement %s needs a device: %s"
                            .formatted(request, device.reason().orElseThrow()));
        }
        return new Hardware(new Backends(chosen.backend()), 0, null);
    }

    /** Whether somebody chose a device as the one backend for everything. */
    private static boolean isDevice(BackendLoader.Choice chosen) {
        return !(chosen.backend() instanceof NativeBackend
                || chosen.backend() instanceof JavaBackend);
    }

    /**
     * Binds a model, shared between CPU and device as the options ask. Caches on the device take
     * what is left there, unless the options say how much. Where nobody asked for the device and it
     * fails, all goes to the CPU, and that is told.
     *
     * @throws io.step3.model.DeviceTooSmallException if what is asked for does not fit
     * @throws OutOfMemoryError if the device has less memory than it said
     */
    Step3Model bind(Checkpoint checkpoint, ModelOptions options, LoadProgress progress) {
        if (backends.gpu() == null) {
            return new Step3Model(checkpoint, backends.cpu(), options, progress);
        }
        try {
            return bindBoth(checkpoint, options, progress);
        } catch (CheckpointException e) {
            throw e;
        } catch (OutOfMemoryError | RuntimeException e) {
            if (device == null || options.placement() != PlacementRequest.AUTO) {
                throw e;
            }
            warn("The device is not used, everything is computed on the CPU: " + e.getMessage());
            device.close();
            return new Step3Model(checkpoint, backends.cpu(), options, progress);
        }
    }

    private Step3Model bindBoth(
            Checkpoint checkpoint, ModelOptions options, LoadProgress progress) {
        PlacementPlan plan = plan(checkpoint, options);
        plan.warning().ifPresent(Hardware::warn);
        boolean own = plan.placement().cache() == Where.GPU && options.cacheMemory() == 0;
        return new Step3Model(
                checkpoint,
                backends,
                plan.placement(),
                own ? options.withCacheMemory(plan.cacheBytes()) : options,
                progress);
    }

    private PlacementPlan plan(Checkpoint checkpoint, ModelOptions options) {
        var config = checkpoint.config();
        Footprint size = Footprint.of(checkpoint, options);
        long ram =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                        .getTotalMemorySize();
        int context = options.contextLength();
        return switch (options.placement()) {
            case PlacementRequest.Fitting _ ->
                    PlacementPlan.of(config, size, freeDevice, ram, context);
            case PlacementRequest.Given given ->
                    PlacementPlan.of(
                            given.of(config.text()), config, size, freeDevice, ram, context);
        };
    }

    private static void warn(String sentence) {
        System.getLogger(Step3.class.getName()).log(WARNING, sentence);
    }
}
