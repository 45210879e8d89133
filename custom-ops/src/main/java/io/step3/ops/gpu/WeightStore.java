package io.step3.ops.gpu;

import io.step3.ops.MappingGuard;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import io.step3.ops.cuda.CudaEvent;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import io.step3.ops.cuda.PinnedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The weights on a device. What was held of a mapped file is freed when the last guard of that
 * mapping is closed, all else with the backend. Safe for use by several threads.
 */
final class WeightStore {
    private static final int STAGING = 8 << 20;

    private final GpuBackend backend;
    private final Arena arena;
    private final CudaStream stream;
    private final List<Mapping> mappings = new ArrayList<>();

    /** Two buffers: one is filled while the other is on its way. */
    private final Stage[] stages = new Stage[2];

    private int next;

    WeightStore(GpuBackend backend, Arena arena, CudaStream stream) {
        this.backend = backend;
        this.arena = arena;
        this.stream = stream;
    }

    private record Stage(PinnedMemory memory, CudaEvent sent) {}

    /** What was held of a mapped file. */
    private static final class Mapping {
        private final MemorySegment file;
        private final Arena arena = Arena.ofShared();
        private int guards = 1;

        Mapping(MemorySegment file) {
            this.file = file;
        }

        boolean holds(MemorySegment data) {
            return data.address() >= file.address()
                    && data.address() < file.address() + file.byteSize();
        }
    }

    /** Frees what was held of a mapping, when all its guards are closed. */
    synchronized MappingGuard guard(MemorySegment file) {
        if (!file.isMapped()) {
            throw new IllegalArgumentException("mapping: must be a mapped file");
        }
        Mapping known = null;
        for (Mapping mapping : mappings) {
            if (mapping.file.address() == file.address()) {
                known = mapping;
                mapping.guards++;
            }
        }
        if (known == null) {
            known = new Mapping(file);
            mappings.add(known);
        }
        Mapping mapping = known;
        return new MappingGuard() {
            private boolean closed;

            @Override
            public boolean lost() {
                return false; // Java itself notices while it copies
            }

            @Override
            public void close() {
                synchronized (WeightStore.this) {
                    if (!closed) {
                        closed = true;
                        release(mapping);
                    }
                }
            }
        };
    }

    /** Frees what was held of files; their guards may be closed later. */
    synchronized void close() {
        mappings.forEach(mapping -> mapping.arena.close());
        mappings.clear();
    }

    private void release(Mapping mapping) {
        if (--mapping.guards == 0 && mappings.remove(mapping)) {
            mapping.arena.close();
        }
    }

    /** Copies weights to the device. Nothing is left of them if that fails. */
    synchronized GpuMatrix hold(Weight weight) {
        Arena owner = arena;
        for (Mapping mapping : mappings) {
            if (mapping.holds(weight.data())) {
                owner = mapping.arena;
            }
        }
        long dataBytes = GpuMatrix.dataBytes(weight);
        long rowBytes = weight.format().bytes(1, weight.cols());
        MemorySegment scales = weight.format().scales();
        DeviceMemory memory = backend.take(owner, dataBytes + scales.byteSize());
        DeviceMemory data = memory.slice(0, dataBytes);
        boolean whole =
                rowBytes == GpuMatrix.pitch(weight)
                        ? upload(data, weight.data())
                        : upload(data, weight.data(), rowBytes, GpuMatrix.pitch(weight));
        upload(memory.slice(dataBytes, scales.byteSize()), scales);
        stream.await();
        boolean codes = weight.format().type() == WeightType.F8_E4M3;
        return new GpuMatrix(backend, memory, weight, whole || !codes);
    }

    /**
     * Carries bytes over as they are.
     *
     * @return whether none of them, as a code of fp8, stands for NaN
     */
    private boolean upload(DeviceMemory to, MemorySegment from) {
        boolean whole = true;
        for (long at = 0; at < from.byteSize(); ) {
            long bytes = Math.min(from.byteSize() - at, STAGING);
            Stage stage = stage();
            MemorySegment staged = stage.memory.segment();
            MemorySegment.copy(from, at, staged, 0, bytes);
            whole &= isWhole(staged, bytes);
            send(stage, to, at, bytes);
            at += bytes;
        }
        return whole;
    }

    /** Carries rows over, to where they lie {@code pitch} bytes apart. */
    private boolean upload(DeviceMemory to, MemorySegment from, long rowBytes, long pitch) {
        boolean whole = true;
        long rows = from.byteSize() / rowBytes;
        if (pitch > STAGING) {
            stream.fill(to, 0, to.byteSize(), (byte) 0);
            for (long row = 0; row < rows; row++) {
                MemorySegment own = from.asSlice(row * rowBytes, rowBytes);
                whole &= upload(to.slice(row * pitch, rowBytes), own);
            }
            return whole;
        }
        for (long first = 0; first < rows; ) {
            long n = Math.min(rows - first, STAGING / pitch);
            Stage stage = stage();
            MemorySegment staged = stage.memory.segment();
            for (long r = 0; r < n; r++) {
                MemorySegment.copy(from, (first + r) * rowBytes, staged, r * pitch, rowBytes);
                staged.asSlice(r * pitch + rowBytes, pitch - rowBytes).fill((byte) 0);
            }
            whole &= isWhole(staged, n * pitch);
            send(stage, to, first * pitch, n * pitch);
            first += n;
        }
        return whole;
    }

    /** The buffer that was sent before the last one, once it has arrived. */
    private Stage stage() {
        next ^= 1;
        if (stages[next] == null) {
            CudaEvent sent = backend.device().event(arena);
            stages[next] = new Stage(backend.pin(arena, STAGING), sent);
        } else {
            stages[next].sent.await();
        }
        return stages[next];
    }

    private void send(Stage stage, DeviceMemory to, long at, long bytes) {
        stream.upload(to, at, stage.memory, 0, bytes);
        stream.record(stage.sent);
    }

    /** Whether no byte is 0x7f or 0xff. */
    private static boolean isWhole(MemorySegment bytes, long n) {
        long found = 0;
        long i = 0;
        for (; i <= n - Long.BYTES; i += Long.BYTES) {
            // A byte without its sign carries into the sign's place only if it is 0x7f.
            long codes = bytes.get(ValueLayout.JAVA_LONG, i) & 0x7f7f7f7f7f7f7f7fL;
            found |= codes + 0x0101010101010101L;
        }
        for (; i < n; i++) {
            found |= (bytes.get(ValueLayout.JAVA_BYTE, i) & 0x7f) + 1;
        }
        return (found & 0x8080808080808080L) == 0;
    }
}
