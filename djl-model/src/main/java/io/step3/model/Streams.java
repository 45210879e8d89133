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

    /**
     * After a failure: returns when nothing is left to do that was asked for before it, so that
     * memory can be freed and the next pass does not hear of it.
     *
     * @param failure hears what else is found out
     */
    void settle(Throwable failure) {
        settle(cpu, failure);
        settle(gpu, failure);
    }

    private static void settle(@Nullable Stream stream, Throwable failure) {
        try {
            if (stream != null) {
                stream.await();
            }
        } catch (RuntimeException | Error e) {
            if (e != failure) {
                failure.addSuppressed(e);
            }
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
