package io.step3.model;

import io.step3.ops.Backend;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a network computes on: one backend, or two that share it as its {@link Placement} says. They
 * belong to the caller.
 *
 * @param cpu of the host, or the only one, wherever it computes
 * @param gpu of a device beside it, or null
 */
public record Backends(Backend cpu, @Nullable Backend gpu) {

    /** Checks that there is one. */
    public Backends {
        Objects.requireNonNull(cpu, "cpu");
    }

    /** One for everything. */
    public Backends(Backend only) {
        this(only, null);
    }

    /**
     * The backend of a place.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Backend at(Where where) {
        if (where == Where.CPU) {
            return cpu;
        }
        if (gpu == null) {
            throw new IllegalArgumentException(
                    "the placement asks for a gpu, but there is only " + cpu.name());
        }
        return gpu;
    }

    /** All that there are. */
    public Stream<Backend> all() {
        return Stream.of(cpu, gpu).filter(Objects::nonNull);
    }

    /** What computes, as a person would say it. */
    public String name() {
        return gpu == null ? cpu.name() : cpu.name() + " and " + gpu.name();
    }
}
