package io.step3.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.util.passthrough.PassthroughNDManager;
import org.jspecify.annotations.Nullable;

/**
 * A DJL engine that runs Step3 models and nothing else. It has no arrays of its own: where somebody
 * asks it for an {@link NDManager}, it hands out one of PyTorch's if that engine is on the class
 * path, and one that only passes objects through otherwise.
 */
public final class Step3Engine extends Engine {

    /** What {@code optEngine} calls it. */
    public static final String NAME = "Step3";

    /**
     * Behind PyTorch (2) and all others, so that Step3 never becomes a program's default engine.
     */
    static final int RANK = 20;

    private static final String ARRAYS = "PyTorch";

    Step3Engine() {}

    @Override
    public @Nullable Engine getAlternativeEngine() {
        return Engine.hasEngine(ARRAYS) ? Engine.getEngine(ARRAYS) : null;
    }

    @Override
    public String getEngineName() {
        return NAME;
    }

    @Override
    public int getRank() {
        return RANK;
    }

    @Override
    public String getVersion() {
        String version = Step3Engine.class.getPackage().getImplementationVersion();
        return version != null ? version : "development";
    }

    @Override
    public boolean hasCapability(String capability) {
        return false;
    }

    @Override
    public Device defaultDevice() {
        return Device.cpu();
    }

    /**
     * A model to {@link Model#load} a checkpoint folder into.
     *
     * @throws EngineException if a device other than the CPU is asked for
     */
    @Override
    public Model newModel(String name, @Nullable Device device) {
        if (device != null && !device.equals(Device.cpu())) {
            throw new EngineException(
                    "the Step3 engine runs on the CPU, not on %s: leave the device out"
                            .formatted(device));
        }
        return new Step3DjlModel(name, new PassthroughNDManager(this, Device.cpu()));
    }

    @Override
    public NDManager newBaseManager() {
        return newBaseManager(null);
    }

    @Override
    public NDManager newBaseManager(@Nullable Device device) {
        Engine arrays = getAlternativeEngine();
        return arrays != null
                ? arrays.newBaseManager(device)
                : new PassthroughNDManager(this, device == null ? Device.cpu() : device);
    }
}
