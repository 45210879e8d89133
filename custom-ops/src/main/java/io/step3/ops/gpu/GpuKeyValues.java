package io.step3.ops.gpu;

import io.step3.ops.Arguments;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keys and values in pieces of {@value #PIECE} tokens, which are allocated as tokens arrive. A
 * piece holds, for each layer, a plane of keys and one of values: {@code [64, dim]} numbers, and
 * behind those of fp8 a float32 scale for each token. Kernels find the pieces by a table of
 * addresses in the device's memory.
 */
final class GpuKeyValues implements KeyValues {
    /** Tokens of a piece. */
    static final int PIECE = 64;

    private static final int CLOSED = -1;

    /** A piece, and what frees it. */
    private record Piece(Arena arena, DeviceMemory memory) {}

    private final GpuBackend backend;
    private final KvFormat format;
    private final int layers;
    private final int capacity;
    private final int dim;
    private final Arena arena = Arena.ofShared();
    private final DeviceMemory table;
    private final Piece[] pieces;
    private int taken;

    /** Operations that work with it, or {@link #CLOSED}. */
    private final AtomicInteger users = new AtomicInteger();

    GpuKeyValues(GpuBackend backend, KvFormat format, int layers, int capacity, int dim) {
        Arguments.cache(format, layers, capacity, dim);
        if (dim > PlainKernels.MOST_DIM) {
            throw new IllegalArgumentException(
                    "dim: must be at most %d on a device, not %d"
                            .formatted(PlainKernels.MOST_DIM, dim));
        }
        this.backend = backend;
        this.format = format;
        this.layers = layers;
        this.capacity = capacity;
        this.dim = dim;
        pieces = new Piece[Math.ceilDiv(capacity, PIECE)];
        try {
            table = backend.take(arena, (long) Long.BYTES * pieces.length);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    GpuBackend backend() {
        return backend;
    }

    /** Where the addresses of the pieces lie. */
    long table() {
        return table.address();
    }

    @Override
    public KvFormat format() {
        return format;
    }

    @Override
    public int layers() {
        return layers;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public int dim() {
        return dim;
    }

    /** Tokens that there is memory for. */
    int held() {
        return Math.min(capacity, taken * PIECE);
    }

    /**
     * Sees to it that there is memory for the first tokens; what is new is zeros.
     *
     * @throws OutOfMemoryError if there is not so much; what was there stays
     */
    void hold(long tokens, CudaStream stream, Transfers transfers) {
        int wanted = (int) Math.ceilDiv(tokens, PIECE);
        if (wanted <= taken) {
            return;
        }
        int before = taken;
        try {
            while (taken < wanted) {
                pieces[taken] = newPiece();
                stream.fill(pieces[taken].memory, 0, pieceBytes(), (byte) 0);
                taken++;
            }
        } finally {
            tell(before, transfers);
        }
    }

    private Piece newPiece() {
        Arena owner = Arena.ofShared();
        try {
            return new Piece(owner, backend.take(owner, pieceBytes()));
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    /** Carries the addresses of new pieces over. */
    private void tell(int from, Transfers transfers) {
        long bytes = (long) Long.BYTES * (taken - from);
        if (bytes == 0) {
            return;
        }
        long place = transfers.stage(bytes);
        for (int i = from; i < taken; i++) {
            transfers
                    .staged()
                    .set(
                            ValueLayout.JAVA_LONG,
                            place + (long) Long.BYTES * (i - from),
                            pieces[i].memory.address());
        }
        transfers.send(table, (long) Long.BYTES * from, place, bytes);
    }

    private long planeBytes() {
        return PIECE * format.rowBytes(dim);
    }

    private long pieceBytes() {
        return 2 * layers * planeBytes();
    }

    @Override
    public void release(int from) {
        acquire();
        try {
            int kept = Math.ceilDiv(from, PIECE);
            while (taken > kept) {
                taken--;
                pieces[taken].arena.close();
                pieces[taken] = null;
            }
        } finally {
            release();
        }
    }

    @Override
    public void copyFrom(KeyValues other, int tokens) {
        if (!(other instanceof GpuKeyValues from)
                || from.backend != backend
                || from.format != format
                || from.layers != layers
                || from.dim != dim
                || tokens < 0
                || tokens > Math.min(capacity, from.capacity)) {
            throw new IllegalArgumentException(
                    "%d tokens of another cache do not fit this one".formatted(tokens));
        }
        acquire();
        try {
            from.acquire();
            try {
                backend.carry(
                        (stream, transfers) -> {
                            hold(tokens, stream, transfers);
                            copy(from, Math.min(tokens, from.held()), stream);
                        });
            } finally {
                from.release();
            }
        } finally {
            release();
        }
    }

    private void copy(GpuKeyValues from, int tokens, CudaStream stream) {
        int whole = tokens / PIECE;
        for (int i = 0; i < whole; i++) {
            stream.copy(pieces[i].memory, 0, from.pieces[i].memory, 0, pieceBytes());
        }
        int rest = tokens % PIECE;
        if (rest == 0) {
            return;
        }
        DeviceMemory to = pieces[whole].memory;
        DeviceMemory source = from.pieces[whole].memory;
        long scales = format == KvFormat.F8_E4M3 ? (long) Float.BYTES : 0;
        long numbers = format.rowBytes(dim) - scales;
        for (long plane = 0; plane < 2L * layers; plane++) {
            long at = plane * planeBytes();
            stream.copy(to, at, source, at, rest * numbers);
            stream.copy(to, at + PIECE * numbers, source, at + PIECE * numbers, rest * scales);
        }
    }

    /** From now on it cannot be closed, until {@link #release()}. */
    void acquire() {
        int before;
        do {
            before = users.get();
            if (before == CLOSED) {
                throw new IllegalStateException("the cache is closed");
            }
        } while (!users.compareAndSet(before, before + 1));
    }

    void release() {
        users.decrementAndGet();
    }

    @Override
    public void close() {
        if (users.compareAndSet(0, CLOSED)) {
            for (int i = 0; i < taken; i++) {
                pieces[i].arena.close();
            }
            arena.close();
        } else if (users.get() != CLOSED) {
            throw new IllegalStateException("an operation works with the cache");
        }
    }
}
