package io.step3.tests;

import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.CpuTier;
import io.step3.ops.NativeBackend;
import io.step3.ops.gpu.EmulatedBackend;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Every implementation of the kernels that this machine can run. */
final class KernelTiers {

    /** The emulated device; skipped, saying so, where the build has none. */
    private static final String DEVICE = "cuda";

    private KernelTiers() {}

    /** One of them, by name, so that a failing test says which. */
    record Tier(String name) {

        /**
         * Whether it is the emulated device, which is some hundred times slower than the others.
         */
        boolean isDevice() {
            return name.equals(DEVICE);
        }

        /**
         * The golden checkpoints that long tests read: b has pictures and both kinds of weights.
         */
        List<String> checkpoints() {
            return isDevice() ? List.of("b") : List.of("a", "b");
        }

        void with(Consumer<Backend> test) {
            if (isDevice()) {
                withDevice(test);
                return;
            }
            try (BackendLoader.Choice choice = BackendLoader.load(name)) {
                test.accept(choice.backend());
            }
        }

        private static void withDevice(Consumer<Backend> test) {
            try (Backend backend = EmulatedBackend.open()) {
                test.accept(backend);
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Tier> all() {
        try (BackendLoader.Choice choice = BackendLoader.load("")) {
            Stream<String> tiers =
                    choice.backend() instanceof NativeBackend library
                            ? library.supportedTiers().stream().map(CpuTier::label)
                            : Stream.of();
            return Stream.concat(Stream.of("java", DEVICE), tiers).map(Tier::new);
        }
    }
}
