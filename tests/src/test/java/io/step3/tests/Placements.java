package io.step3.tests;

import io.step3.checkpoint.TextConfig;
import io.step3.model.Placement;
import io.step3.model.Where;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Ways to share a network between the CPU and a device. */
enum Placements {
    ATTENTION,
    CACHE,
    SHARED,
    DENSE,
    ROUTED,
    VISION,
    HEAD;

    /** A placement by name, so that a failing test says which. */
    record Named(String name, Placement placement) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Each class alone on the device, each alone on the CPU, and some at random. */
    static List<Named> some(TextConfig config, Random random, int mixed) {
        List<Named> all = new ArrayList<>();
        for (Placements alone : values()) {
            all.add(new Named(alone + " on the device", of(config, List.of(alone))));
            List<Placements> others = new ArrayList<>(List.of(values()));
            others.remove(alone);
            all.add(new Named(alone + " on the CPU", of(config, others)));
        }
        all.add(new Named("all on the device", of(config, List.of(values()))));
        for (int i = 0; i < mixed; i++) {
            List<Where> at = Stream.generate(() -> where(random.nextBoolean())).limit(6).toList();
            List<Where> routed =
                    Stream.generate(() -> where(random.nextBoolean()))
                            .limit(config.numHiddenLayers())
                            .toList();
            var placement =
                    new Placement(
                            at.get(0), at.get(1), at.get(2), at.get(3), routed, at.get(4),
                            at.get(5));
            all.add(new Named(placement.toString(), placement));
        }
        return all;
    }

    /** Some classes on the device, the others on the CPU. */
    static Placement of(TextConfig config, List<Placements> onDevice) {
        return new Placement(
                where(onDevice.contains(ATTENTION)),
                where(onDevice.contains(CACHE)),
                where(onDevice.contains(SHARED)),
                where(onDevice.contains(DENSE)),
                Collections.nCopies(config.numHiddenLayers(), where(onDevice.contains(ROUTED))),
                where(onDevice.contains(VISION)),
                where(onDevice.contains(HEAD)));
    }

    private static Where where(boolean device) {
        return device ? Where.GPU : Where.CPU;
    }
}
