package io.step3.tests;

import io.step3.checkpoint.TextConfig;
import io.step3.model.Placement;
import io.step3.model.TensorClass;
import io.step3.model.Where;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Ways to share a network between the CPU and a device. */
final class Placements {

    private Placements() {}

    /** Each class alone on the device, each alone on the CPU, all on the device, and some mixed. */
    static List<Placement> some(TextConfig config, Random random, int mixed) {
        List<Placement> all = new ArrayList<>();
        for (TensorClass alone : TensorClass.values()) {
            all.add(Placement.all(Where.CPU, config).with(alone, Where.GPU));
            all.add(Placement.all(Where.GPU, config).with(alone, Where.CPU));
        }
        all.add(Placement.all(Where.GPU, config));
        for (int i = 0; i < mixed; i++) {
            all.add(mixed(config, random));
        }
        return all;
    }

    /** Each class, and each layer's routed experts, at either place. */
    static Placement mixed(TextConfig config, Random random) {
        Placement placement = Placement.all(Where.CPU, config);
        for (TensorClass part : TensorClass.values()) {
            placement = placement.with(part, where(random));
        }
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            placement = placement.withRouted(layer, layer, where(random));
        }
        return placement;
    }

    private static Where where(Random random) {
        return random.nextBoolean() ? Where.GPU : Where.CPU;
    }
}
