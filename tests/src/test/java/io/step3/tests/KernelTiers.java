package io.step3.tests;

import io.step3.ops.JavaKernels;
import io.step3.ops.Kernels;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Every implementation of the kernels that this machine can run. */
final class KernelTiers {

    private KernelTiers() {}

    /** One of them, by name, so that a failing test says which. */
    record Tier(String name) {

        void with(Consumer<Kernels> test) {
            test.accept(new JavaKernels());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Tier> all() {
        return Stream.of(new Tier("java"));
    }
}
