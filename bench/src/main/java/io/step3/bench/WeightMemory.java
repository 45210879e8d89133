package io.step3.bench;

import io.step3.ops.Format;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One large piece of memory that all weights of a benchmark are views of: larger than the caches,
 * and filled so that it is a sensible matrix in every type. Matrices are handed out one behind the
 * other, so that none is still in a cache when it is read again.
 */
public final class WeightMemory implements AutoCloseable {

    private static final int BLOCK = 128;
    private static final long PATTERN = 1 << 20;

    /** As many different matrices as are kept for one case. */
    private static final long MOST_MATRICES = 64;

    private final Arena arena = Arena.ofShared();
    private final long bytes;
    private MemorySegment memory;
    private MemorySegment scales;

    private WeightMemory(long bytes) {
        this.bytes = bytes;
    }

    /**
     * Sets a size for which there is memory, and half of what is free stays for others. It is taken
     * when a weight is first asked for.
     *
     * @param wanted bytes that are useful
     * @param least bytes that are needed
     * @throws IllegalArgumentException if there is not enough
     */
    public static WeightMemory reserve(long wanted, long least) {
        long free = FreeMemory.bytes();
        long bytes = Math.min(Math.ceilDiv(wanted, PATTERN), free / 2 / PATTERN) * PATTERN;
        if (bytes < least) {
            throw new IllegalArgumentException(
                    "this needs %d MiB of free memory, but there are %d: end other programs"
                            .formatted(2 * least >> 20, free >> 20));
        }
        return new WeightMemory(bytes);
    }

    private void take() {
        memory = arena.allocate(bytes, 4096);
        // One scale a block of any matrix that fits.
        scales = arena.allocate((bytes / BLOCK + 1) * Float.BYTES, 4096);
        fill();
    }

    /**
     * Two bytes make a bf16 of 1/64 to 2, each alone an fp8 that is a number; some are negative.
     */
    private void fill() {
        SplittableRandom random = new SplittableRandom(1);
        MemorySegment pattern = memory.asSlice(0, PATTERN);
        for (long i = 0; i < PATTERN; i += 2) {
            int low = random.nextInt(0x7f) | random.nextInt(2) << 7;
            int high = 0x3c + random.nextInt(4) | random.nextInt(2) << 7;
            pattern.set(ValueLayout.JAVA_BYTE, i, (byte) low);
            pattern.set(ValueLayout.JAVA_BYTE, i + 1, (byte) high);
        }
        for (long at = PATTERN; at < memory.byteSize(); at += PATTERN) {
            MemorySegment.copy(pattern, 0, memory, at, PATTERN);
        }
        long count = scales.byteSize() / Float.BYTES;
        for (long i = 0; i < count; i++) {
            scales.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.01f);
        }
    }

    /** All of it. */
    public synchronized MemorySegment memory() {
        if (memory == null) {
            take();
        }
        return memory;
    }

    /** Bytes of a matrix of this shape, without scales. */
    static long bytes(WeightType type, long rows, long cols) {
        return type == WeightType.F8_E4M3 ? rows * cols : Format.of(type).bytes(rows, cols);
    }

    /** Different matrices of this shape, as many as fit side by side, at least one. */
    List<Weight> matrices(WeightType type, long rows, long cols) {
        MemorySegment all = memory();
        Format format = format(type, 1, rows, cols);
        long each = format.bytes(rows, cols);
        long count = Math.clamp(bytes / each, 1, MOST_MATRICES);
        long step = (bytes - each) / Math.max(1, count - 1) / 4096 * 4096;
        List<Weight> matrices = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            matrices.add(new Weight(format, all.asSlice(i * step, each), rows, cols));
        }
        return matrices;
    }

    private Format format(WeightType type, int count, long rows, long cols) {
        if (type != WeightType.F8_E4M3) {
            return Format.of(type);
        }
        long blocks = Math.ceilDiv(rows, BLOCK) * Math.ceilDiv(cols, BLOCK);
        MemorySegment own = scales.asSlice(0, count * blocks * Float.BYTES);
        return new Format.Blocks(type, BLOCK, BLOCK, own);
    }

    /** How many experts of this size fit, gate, up and down side by side. */
    int expertsThatFit(Widths widths) {
        return (int) Math.min(widths.experts(), bytes / widths.expertBytes());
    }

    /** A layer's stacked matrices in fp8: number {@code which} of three. */
    Weight experts(int which, int count, long rows, long cols) {
        MemorySegment all = memory();
        Format format = format(WeightType.F8_E4M3, count, rows, cols);
        long each = count * format.bytes(rows, cols);
        return new Weight(format, all.asSlice(which * each, each), count, rows, cols);
    }

    @Override
    public void close() {
        arena.close();
    }
}
