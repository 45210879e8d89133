package io.step3.model;

import io.step3.ops.Stream;
import org.jspecify.annotations.Nullable;

/** What a decoder computes with: a stream of each backend that has a part of it. */
final class Streams implements AutoCloseable {

    private final @Nullable Stream cpu;
    private final @Nullable Stream gpu;

    Streams(Backends backends, Placement placement) {
        cpu = open(backends, placement, Where.CPU);
        try {
            gpu = open(backends, placement, Where.GPU);
        } catch (RuntimeException | Error e) {
            if (cpu != null) {
                cpu.close();
            }
            throw e;
        }
    }

    private static @Nullable Stream open(Backends backends, Placement placement, Where where) {
        return placement.decodes(where) ? backends.at(where).newStream() : null;
    }

    /** The stream of a place that has a part of the decoder. */
    Stream at(Where where) {
        return where == Where.CPU ? cpu : gpu;
    }

    /** Returns when all operations are done; throws what the last ones found out. */
    void await() {
        if (cpu != null) {
            cpu.await();
        }
        if (gpu != null) {
            gpu.await();
        }
    }

    @Override
    public void close() {
        if (cpu != null) {
            cpu.close();
        }
        if (gpu != null) {
            gpu.close();
        }
    }
}
