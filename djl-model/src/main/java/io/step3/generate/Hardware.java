package io.step3.generate;

import static java.lang.System.Logger.Level.WARNING;

import com.sun.management.OperatingSystemMXBean;
import io.step3.checkpoint.Checkpoint;
import io.step3.model.Backends;
import io.step3.model.Footprint;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementPlan;
import io.step3.model.PlacementRequest;
import io.step3.model.Step3Model;
import io.step3.model.Where;
import io.step3.ops.BackendLoader;
import java.lang.management.ManagementFactory;

/**
 * What a model is loaded onto: the CPU, and a device beside it where the placement may use one.
 *
 * @param freeDevice bytes that are free on the device, 0 without one
 */
record Hardware(Backends backends, long freeDevice) {

    /**
     * Looks for what the options ask for.
     *
     * @param resources own what is opened
     * @throws IllegalArgumentException if they ask for a device and there is none
     */
    static Hardware find(ModelOptions options, Resources resources) {
        BackendLoader.Choice chosen = resources.add(BackendLoader.load(options.threads()));
        chosen.warning().ifPresent(Hardware::warn);
        PlacementRequest request = options.placement();
        if (request != PlacementRequest.AUTO && request.mayUseDevice()) {
            throw new IllegalArgumentException(
                    "the placement %s needs a device, and this build cannot compute on one"
                            .formatted(request));
        }
        return new Hardware(new Backends(chosen.backend()), 0);
    }

    /**
     * Binds a model, shared between CPU and device as the options ask. Caches on the device take
     * what is left there, unless the options say how much.
     *
     * @throws io.step3.model.DeviceTooSmallException if what is asked for does not fit
     */
    Step3Model bind(Checkpoint checkpoint, ModelOptions options, LoadProgress progress) {
        if (backends.gpu() == null) {
            return new Step3Model(checkpoint, backends.cpu(), options, progress);
        }
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
