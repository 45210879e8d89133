package io.step3.ops.gpu;

import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import io.step3.ops.cuda.PinnedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What a stream carries between host and device, through memory that the device copies from by
 * itself. One thread at a time.
 */
final class Transfers implements AutoCloseable {
    /** Most bytes that are staged at once. */
    static final int MOST_STAGED = 1 << 20;

    private static final int LEAST_LANDING = 1 << 16;

    private final CudaDevice device;
    private final CudaStream stream;

    /**
     * Filled from its beginning; when it is full, everything in it has to be carried over first.
     */
    private final PinnedMemory staging;

    private long used;

    /** What was read since the last {@link #forget}, one behind another, the newest piece last. */
    private final List<Landing> landings = new ArrayList<>();

    private long landed;

    /** Memory to read into, and what frees it. */
    private record Landing(Arena arena, PinnedMemory memory) {}

    Transfers(CudaDevice device, Arena arena, CudaStream stream) {
        this.device = device;
        this.stream = stream;
        staging = device.pinned(arena, MOST_STAGED);
    }

    /** Carries bytes over, which may be changed as soon as this returns. */
    void write(DeviceMemory to, MemorySegment from) {
        long bytes = from.byteSize();
        for (long at = 0; at < bytes; ) {
            long part = Math.min(bytes - at, MOST_STAGED);
            long place = stage(part);
            MemorySegment.copy(from, at, staging.segment(), place, part);
            send(to, at, place, part);
            at += part;
        }
    }

    /**
     * Room in {@link #staged}, to be filled and sent.
     *
     * @param bytes at most {@value #MOST_STAGED}
     * @return where it begins, a multiple of 16
     */
    long stage(long bytes) {
        if (used + bytes > MOST_STAGED) {
            stream.await();
            used = 0;
        }
        long place = used;
        used = Math.min(MOST_STAGED, GpuMatrix.roundUp(used + bytes, 16));
        return place;
    }

    /** What is on its way to the device. */
    MemorySegment staged() {
        return staging.segment();
    }

    /** Carries over what was staged. */
    void send(DeviceMemory to, long at, long place, long bytes) {
        stream.upload(to, at, staging, place, bytes);
    }

    /**
     * Fetches bytes; waits.
     *
     * @return good until {@link #forget}
     */
    MemorySegment read(DeviceMemory from) {
        long bytes = from.byteSize();
        Landing last = landings.isEmpty() ? null : landings.getLast();
        if (last == null || last.memory.byteSize() - landed < bytes) {
            last = landing(2 * (landed + bytes));
            landings.add(last);
            landed = 0;
        }
        long place = landed;
        landed = Math.min(last.memory.byteSize(), GpuMatrix.roundUp(landed + bytes, 16));
        stream.download(last.memory, place, from, 0, bytes);
        stream.await();
        used = 0;
        return last.memory.segment().asSlice(place, bytes);
    }

    private Landing landing(long bytes) {
        Arena owner = Arena.ofShared();
        try {
            return new Landing(owner, device.pinned(owner, Math.max(LEAST_LANDING, bytes)));
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    /** What was read is no longer looked at. The largest piece serves again. */
    void forget() {
        while (landings.size() > 1) {
            landings.removeFirst().arena.close();
        }
        landed = 0;
    }

    @Override
    public void close() {
        landings.forEach(landing -> landing.arena.close());
        landings.clear();
    }
}
