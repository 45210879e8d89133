package io.step3.model;

import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of a pass, with a row for each token: four-byte numbers, in the memory of each place
 * where the network computes with it. What one place wrote is there for the other once it is {@link
 * #carry carried}.
 */
final class Rows {

    private final long rowBytes;
    private final @Nullable Buffer cpu;
    private final @Nullable Buffer gpu;

    /** What was carried last, so that the next token cuts nothing out anew. */
    private @Nullable Buffer carried;

    private Where carriedFrom = Where.CPU;

    /**
     * Memory for some rows.
     *
     * @param places where it is needed; one may stand twice
     */
    Rows(Arena arena, Backends backends, int rows, long columns, Where... places) {
        rowBytes = columns * Float.BYTES;
        List<Where> needed = List.of(places);
        cpu = needed.contains(Where.CPU) ? allocate(arena, backends.at(Where.CPU), rows) : null;
        gpu = needed.contains(Where.GPU) ? allocate(arena, backends.at(Where.GPU), rows) : null;
    }

    private Buffer allocate(Arena arena, Backend backend, int rows) {
        return backend.allocate(arena, rows * rowBytes);
    }

    /** All rows, where they are computed with. */
    Buffer at(Where where) {
        return where == Where.CPU ? cpu : gpu;
    }

    /** Some rows. */
    Buffer at(Where where, int row, int count) {
        return at(where).slice(row * rowBytes, count * rowBytes);
    }

    /**
     * Brings the first rows from where they were computed to where they are needed, and waits for
     * them; nothing if that is the same place.
     */
    void carry(Streams streams, Where from, Where to, int count) {
        if (from == to || count == 0) {
            return;
        }
        if (carried == null || carriedFrom != from || carried.bytes() != count * rowBytes) {
            carried = at(from, 0, count);
            carriedFrom = from;
        }
        streams.at(to).write(at(to), streams.at(from).view(carried));
    }
}
