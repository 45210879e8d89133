package io.step3.ops.gpu;

import io.step3.ops.KeyValues;
import io.step3.ops.Spans;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a pass in the device's memory: for each the table of its cache's pieces, its position
 * and its format (the struct {@code Row} of {@code plain.cuh}). All operations of a pass use the
 * same spans, so they are carried over once.
 */
final class SpanTable implements AutoCloseable {
    private static final int ROW = 16;
    private static final int LEAST_ROWS = 64;

    private final GpuBackend backend;
    private final GpuArguments arguments;
    private final CudaStream stream;
    private final Transfers transfers;

    private KeyValues[] caches = new KeyValues[8];
    private long[] positions = new long[8];
    private int[] rows = new int[8];
    private int count;
    private long version;

    private @Nullable Arena arena;
    private @Nullable DeviceMemory memory;

    SpanTable(GpuBackend backend, CudaStream stream, Transfers transfers) {
        this.backend = backend;
        this.arguments = backend.arguments();
        this.stream = stream;
        this.transfers = transfers;
    }

    /**
     * Sees to it that the caches of spans have memory for all their rows.
     *
     * @param spans all of whose caches are acquired
     */
    void hold(Spans spans) {
        for (int i = 0; i < spans.count(); i++) {
            long end = spans.position(i) + spans.rows(i);
            arguments.cache(spans.cache(i)).hold(end, stream, transfers);
        }
    }

    /**
     * Sees to it that the device knows these spans.
     *
     * @param spans all of whose caches are acquired
     * @return where the rows lie
     */
    long of(Spans spans) {
        boolean same = spans.count() == count;
        for (int i = 0; i < spans.count(); i++) {
            same =
                    same
                            && caches[i] == spans.cache(i)
                            && positions[i] == spans.position(i)
                            && rows[i] == spans.rows(i);
        }
        if (!same) {
            forget();
            grow(spans.rows());
            send(spans);
            remember(spans);
            version++;
        }
        return memory.address();
    }

    /** Another number whenever {@link #of} has told the device of other spans. */
    long version() {
        return version;
    }

    /** Keeps no cache that may be gone. */
    private void forget() {
        Arrays.fill(caches, 0, count, null);
        count = 0;
    }

    private void remember(Spans spans) {
        int n = spans.count();
        if (n > caches.length) {
            caches = new KeyValues[2 * n];
            positions = new long[2 * n];
            rows = new int[2 * n];
        }
        for (int i = 0; i < n; i++) {
            caches[i] = spans.cache(i);
            positions[i] = spans.position(i);
            rows[i] = spans.rows(i);
        }
        count = n;
    }

    private void grow(long wanted) {
        long bytes = ROW * Math.max(LEAST_ROWS, wanted);
        if (memory == null || memory.byteSize() < bytes) {
            close();
            arena = Arena.ofShared();
            memory = backend.take(arena, 2 * bytes);
        }
    }

    private void send(Spans spans) {
        long at = 0;
        for (int i = 0; i < spans.count(); i++) {
            GpuKeyValues cache = arguments.cache(spans.cache(i));
            for (int first = 0; first < spans.rows(i); ) {
                int n = Math.min(spans.rows(i) - first, Transfers.MOST_STAGED / ROW);
                long place = transfers.stage((long) n * ROW);
                MemorySegment staged = transfers.staged();
                for (int r = 0; r < n; r++) {
                    long row = place + (long) r * ROW;
                    staged.set(ValueLayout.JAVA_LONG, row, cache.table());
                    staged.set(ValueLayout.JAVA_INT, row + 8, (int) spans.position(i) + first + r);
                    staged.set(ValueLayout.JAVA_INT, row + 12, cache.format().type().code());
                }
                transfers.send(memory, at, place, (long) n * ROW);
                at += (long) n * ROW;
                first += n;
            }
        }
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
            arena = null;
            memory = null;
        }
    }
}
