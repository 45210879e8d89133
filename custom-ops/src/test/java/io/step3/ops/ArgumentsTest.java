package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Wrong arguments are refused by name before anything is read or written. */
class ArgumentsTest {
    @TempDir private Path folder;
    private final List<Kernels> all = new ArrayList<>(List.of(new JavaKernels()));
    private final Arena arena = Arena.ofConfined();

    @BeforeEach
    void open() {
        if (NativeTiers.areBuilt()) {
            all.add(NativeKernels.load(NativeTiers.library(folder)));
        }
    }

    @AfterEach
    void close() {
        all.forEach(kernels -> new KernelLoader.Choice(kernels, List.of(), false).close());
        arena.close();
    }

    private MemorySegment floats(long n) {
        return arena.allocate(n * Float.BYTES, 4);
    }

    private Weight weight(long rows, long cols) {
        return Weight.plain(WeightType.F32, floats(rows * cols), rows, cols);
    }

    private static void refused(String argument, Executable call) {
        var e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().startsWith(argument + ":"), e.getMessage());
    }

    @Test
    void whatIsTooSmallIsNamed() {
        for (Kernels k : all) {
            Weight w = weight(4, 8);
            refused("x", () -> k.linear(floats(8), floats(15), w, null, 2));
            refused("out", () -> k.linear(floats(7), floats(16), w, null, 2));
            refused("bias", () -> k.linear(floats(8), floats(16), w, weight(1, 5), 2));
            refused("rows", () -> k.linear(floats(8), floats(16), w, null, -1));
            refused("out", () -> k.linear(floats(8), floats(16), w, null, Long.MAX_VALUE / 9));
            refused("gain", () -> k.rmsNorm(floats(8), floats(8), w, 1, 0));
            refused("bias", () -> k.layerNorm(floats(8), floats(8), weight(1, 8), w, 1, 0));
            refused("dim", () -> k.rotate(floats(9), 1, 3, 3, 0, floats(9)));
            refused("inverseFrequencies", () -> k.rotate(floats(8), 1, 2, 4, 0, floats(1)));
            refused("position", () -> k.rotate(floats(8), 1, 2, 4, -1, floats(2)));
            refused(
                    "keys",
                    () -> k.attention(floats(8), floats(8), floats(23), floats(24), 1, 5, 2, 4, 1));
            refused(
                    "values",
                    () -> k.attention(floats(8), floats(8), floats(24), floats(23), 1, 5, 2, 4, 1));
            refused("qkv", () -> k.fullAttention(floats(8), floats(23), 1, 2, 4, 1));
            refused("k", () -> k.route(floats(5), floats(5), floats(4), 1, 4, 5, true));
            refused("k", () -> k.route(floats(5), floats(5), floats(4), 1, 4, 0, true));
            refused("up", () -> k.siluMultiply(floats(4), floats(3), 4));
            refused("y", () -> k.add(floats(4), floats(3), 4));
            refused("x", () -> k.quickGelu(floats(3), 4));
            refused("group", () -> k.fakeQuantize(floats(4), floats(4), 1, 4, 0));
            refused("codes", () -> k.quantize(arena.allocate(3), floats(1), floats(4), 1, 4, 4));
            refused("scales", () -> k.quantize(arena.allocate(4), floats(1), floats(4), 1, 4, 3));
        }
    }

    @Test
    void idsOutsideAreRefused() {
        for (Kernels k : all) {
            for (int bad : new int[] {-1, 4, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                MemorySegment ids = floats(2);
                ids.setAtIndex(ValueLayout.JAVA_INT, 1, bad);
                refused("ids", () -> k.embed(floats(16), weight(4, 8), ids, 2));
                ExpertWeight w = experts(4, 8, 8);
                MemorySegment scratch = arena.allocate(k.expertsScratch(1, 2, 4, 8, 8), 64);
                refused(
                        "ids",
                        () ->
                                k.experts(
                                        floats(8), floats(8), ids, floats(2), w, w, w, 1, 2, 0,
                                        scratch));
            }
        }
    }

    private ExpertWeight experts(int n, long rows, long cols) {
        return new ExpertWeight(
                WeightType.F32, floats(n * rows * cols), n, rows, cols, MemorySegment.NULL, 0, 0);
    }

    @Test
    void expertsThatDoNotFitTogetherAreRefused() {
        for (Kernels k : all) {
            ExpertWeight gate = experts(2, 6, 8);
            MemorySegment scratch = arena.allocate(100_000, 64);
            refused("up", () -> experts(k, gate, experts(2, 8, 6), experts(2, 8, 6), scratch));
            refused("down", () -> experts(k, gate, gate, gate, scratch));
            refused("up", () -> experts(k, gate, experts(3, 6, 8), experts(2, 8, 6), scratch));
        }
    }

    @Test
    void tooLittleScratchIsRefused() {
        Assumptions.assumeTrue(NativeTiers.areBuilt());
        Kernels library = all.getLast();
        ExpertWeight gate = experts(2, 6, 8);
        MemorySegment little = arena.allocate(64, 64);
        refused("scratch", () -> experts(library, gate, gate, experts(2, 8, 6), little));
    }

    private void experts(
            Kernels k,
            ExpertWeight gate,
            ExpertWeight up,
            ExpertWeight down,
            MemorySegment scratch) {
        k.experts(floats(8), floats(8), floats(1), floats(1), gate, up, down, 1, 1, 0, scratch);
    }

    @Test
    void outputsThatOverlapWhatIsStillReadAreRefused() {
        for (Kernels k : all) {
            MemorySegment shared = floats(20);
            refused("out", () -> k.linear(shared, shared.asSlice(8), weight(4, 4), null, 1));
            refused("out", () -> k.rmsNorm(shared, shared.asSlice(4), weight(1, 4), 1, 0));
            // Neighbours, and the part of a segment that is not used, are no overlap.
            k.linear(shared, shared.asSlice(16), weight(4, 4), null, 1);
        }
    }

    /** Else an index that was checked would be overwritten before it is used. */
    @Test
    void outputsOverTheirIndexesAreRefused() {
        for (Kernels k : all) {
            MemorySegment shared = arena.allocate(40_000, 64);
            MemorySegment behind = shared.asSlice(30_000);
            MemorySegment apart = shared.asSlice(20_000);
            Weight table = weight(4, 8);
            refused("out", () -> k.embed(shared, table, shared, 2));
            refused("out", () -> k.embed(shared, table, shared.asSlice(60), 2));
            k.embed(shared, table, shared.asSlice(64), 2);
            refused("ids", () -> k.route(shared, shared, apart, 1, 4, 2, true));
            refused("ids", () -> k.route(shared, apart, shared.asSlice(4), 1, 4, 2, true));
            refused("weights", () -> k.route(apart, shared, shared, 1, 4, 2, true));
            ExpertWeight w = experts(4, 8, 8);
            MemorySegment in = floats(8);
            MemorySegment out = floats(8);
            shared.fill((byte) 0);
            refused("out", () -> k.experts(shared, in, shared, apart, w, w, w, 1, 2, 0, behind));
            refused("out", () -> k.experts(shared, in, apart, shared, w, w, w, 1, 2, 0, behind));
            if (k.expertsScratch(1, 2, 4, 8, 8) > 0) {
                refused(
                        "scratch",
                        () -> k.experts(out, in, shared, apart, w, w, w, 1, 2, 0, shared));
                refused(
                        "scratch",
                        () -> k.experts(out, in, apart, shared, w, w, w, 1, 2, 0, shared));
            }
            refused("x", () -> k.rotate(shared, 1, 2, 4, 0, shared));
        }
    }

    @Test
    void sizesBeyond64BitsAreRefused() {
        for (Kernels k : all) {
            long most = Long.MAX_VALUE;
            refused("position", () -> k.rotate(floats(8), 1, 2, 4, most, floats(2)));
            MemorySegment x = floats(8);
            refused("position", () -> k.attention(floats(8), x, x, x, 1, most, 2, 4, 1));
            refused("keys", () -> k.attention(floats(8), x, x, x, 1, most / 2, 2, 4, 1));
            refused("x", () -> k.quantize(floats(8), floats(8), x, most / 8, 2, 4));
            for (long stride : new long[] {most, most / 2, -1}) {
                Convolution shape = new Convolution(3, 4, 4, stride, 4, 1, 2, 2, 0);
                MemorySegment scratch = arena.allocate(k.convolveScratch(shape), 64);
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                k.convolve(
                                        floats(4),
                                        floats(48),
                                        weight(1, 12),
                                        null,
                                        shape,
                                        scratch));
            }
        }
        int most = Integer.MAX_VALUE;
        for (int padding : new int[] {most, most / 2 + 1, most - 1}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Convolution.overPlanes(1, 4, 4, 2, 2, padding));
        }
        Convolution large = Convolution.overPlanes(most, 4, 4, 2, 2, most / 4);
        all.forEach(
                k -> {
                    if (k instanceof NativeKernels) {
                        refused("shape", () -> k.convolveScratch(large));
                    }
                });
    }

    @Test
    void convolutionsThatDoNotFitAreRefused() {
        for (Kernels k : all) {
            Convolution shape = Convolution.overPlanes(2, 4, 4, 2, 2, 0);
            MemorySegment scratch = arena.allocate(k.convolveScratch(shape), 64);
            refused(
                    "w",
                    () -> k.convolve(floats(4), floats(32), weight(1, 7), null, shape, scratch));
            refused(
                    "in",
                    () -> k.convolve(floats(4), floats(31), weight(1, 8), null, shape, scratch));
            refused(
                    "out",
                    () -> k.convolve(floats(3), floats(32), weight(1, 8), null, shape, scratch));
        }
    }

    @Test
    void memoryThatNativeCodeCannotUseIsRefused() {
        Assumptions.assumeTrue(NativeTiers.areBuilt());
        Kernels library = all.getLast();
        MemorySegment heap = MemorySegment.ofArray(new float[4]);
        refused("x", () -> library.quickGelu(heap, 4));
        refused("x", () -> library.quickGelu(floats(5).asSlice(2), 4));
        Arena gone = Arena.ofConfined();
        MemorySegment closed = gone.allocate(16, 4);
        gone.close();
        refused("x", () -> library.quickGelu(closed, 4));
        Weight onHeap = Weight.plain(WeightType.F32, heap, 2, 2);
        refused("w", () -> library.linear(floats(2), floats(2), onHeap, null, 1));
    }
}
