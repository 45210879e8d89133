package io.step3.tests;

import io.step3.ops.CpuTier;
import io.step3.ops.KernelLoader;
import io.step3.ops.Kernels;
import io.step3.ops.NativeKernels;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Every implementation of the kernels that this machine can run. */
final class KernelTiers {

    private KernelTiers() {}

    /** One of them, by name, so that a failing test says which. */
    record Tier(String name) {

        void with(Consumer<Kernels> test) {
            try (KernelLoader.Choice choice = KernelLoader.load(name)) {
                test.accept(choice.kernels());
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Tier> all() {
        try (KernelLoader.Choice choice = KernelLoader.load("")) {
            Stream<String> tiers =
                    choice.kernels() instanceof NativeKernels kernels
                            ? kernels.supportedTiers().stream().map(CpuTier::label)
                            : Stream.of();
            return Stream.concat(Stream.of("java"), tiers).map(Tier::new);
        }
    }
}
