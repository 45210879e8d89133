package io.step3.tests;

import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.CpuTier;
import io.step3.ops.NativeBackend;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Every implementation of the kernels that this machine can run. */
final class KernelTiers {

    private KernelTiers() {}

    /** One of them, by name, so that a failing test says which. */
    record Tier(String name) {

        void with(Consumer<Backend> test) {
            try (BackendLoader.Choice choice = BackendLoader.load(name)) {
                test.accept(choice.backend());
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
            return Stream.concat(Stream.of("java"), tiers).map(Tier::new);
        }
    }
}
