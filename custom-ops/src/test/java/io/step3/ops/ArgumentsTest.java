package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
    private final List<Bench> all = new ArrayList<>();
    private final List<Backend> backends = new ArrayList<>(List.of(new JavaBackend()));
    private final Arena arena = Arena.ofConfined();

    @BeforeEach
    void open() {
        if (NativeTiers.areBuilt()) {
            backends.add(NativeBackend.load(NativeTiers.library(folder)));
        }
        backends.forEach(backend -> all.add(new Bench(backend)));
    }

    @AfterEach
    void close() {
        all.forEach(Bench::close);
        backends.forEach(Backend::close);
        arena.close();
    }

    private Buffer floats(long n) {
        return all.getFirst().backend.allocate(arena, n * Float.BYTES);
    }

    private Matrix weight(long rows, long cols) {
        return experts(1, rows, cols);
    }

    private Matrix experts(int n, long rows, long cols) {
        MemorySegment data = arena.allocate(n * rows * cols * Float.BYTES, 4);
        return all.getFirst().hold(new Weight(Format.of(WeightType.F32), data, n, rows, cols));
    }

    private Spans spans(int position, int rows, int dim) {
        Spans spans = new Spans();
        spans.add(all.getFirst().cache(KvFormat.F32, 2, 100, dim), position, rows);
        return spans;
    }

    private static void refused(String argument, Executable call) {
        var e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().startsWith(argument + ":"), e.getMessage());
    }

    @Test
    void whatIsTooSmallIsNamed() {
        for (Bench b : all) {
            Stream k = b.stream;
            Matrix w = weight(4, 8);
            Spans one = spans(5, 1, 4);
            refused("x", () -> k.linear(floats(8), floats(15), w, null, 2));
            refused("out", () -> k.linear(floats(7), floats(16), w, null, 2));
            refused("bias", () -> k.linear(floats(8), floats(16), w, weight(1, 5), 2));
            refused("rows", () -> k.linear(floats(8), floats(16), w, null, -1));
            refused("out", () -> k.linear(floats(8), floats(16), w, null, Long.MAX_VALUE / 9));
            refused("w", () -> k.linear(floats(8), floats(16), experts(2, 4, 8), null, 1));
            refused("gain", () -> k.rmsNorm(floats(8), floats(8), w, 1, 0));
            refused("bias", () -> k.layerNorm(floats(8), floats(8), weight(1, 8), w, 1, 0));
            refused("dim", () -> k.rotate(floats(9), one, 3, 3, floats(9)));
            refused("x", () -> k.rotate(floats(7), one, 2, 4, floats(2)));
            refused("inverseFrequencies", () -> k.rotate(floats(8), one, 2, 4, floats(1)));
            refused("keys", () -> k.append(floats(3), floats(4), one, 0));
            refused("values", () -> k.append(floats(4), floats(3), one, 0));
            refused("layer", () -> k.append(floats(4), floats(4), one, 2));
            refused("layer", () -> k.attention(floats(8), floats(8), one, -1, 2, 1));
            refused("q", () -> k.attention(floats(8), floats(7), one, 0, 2, 1));
            refused("out", () -> k.attention(floats(7), floats(8), one, 0, 2, 1));
            refused("heads", () -> k.attention(floats(8), floats(8), one, 0, 0, 1));
            refused("rows", () -> k.viewKeys(one.cache(0), 0, 101));
            Spans mixed = spans(5, 1, 4);
            mixed.add(b.cache(KvFormat.F32, 2, 10, 6), 0, 1);
            refused("spans", () -> k.attention(floats(100), floats(100), mixed, 0, 2, 1));
            refused("qkv", () -> k.fullAttention(floats(8), floats(23), 1, 2, 4, 1));
            refused("k", () -> k.route(floats(5), floats(5), floats(4), 1, 4, 5, true));
            refused("k", () -> k.route(floats(5), floats(5), floats(4), 1, 4, 0, true));
            refused("up", () -> k.siluMultiply(floats(4), floats(3), 4));
            refused("y", () -> k.add(floats(4), floats(3), 4));
            refused("x", () -> k.quickGelu(floats(3), 4));
            refused("group", () -> k.fakeQuantize(floats(4), floats(4), 1, 4, 0));
            Buffer codes = floats(1);
            refused("codes", () -> k.quantize(codes.slice(0, 3), floats(1), floats(4), 1, 4, 4));
            refused("scales", () -> k.quantize(codes, floats(1), floats(4), 1, 4, 3));
            refused("dim", () -> b.backend.newCache(KvFormat.BF16, 1, 10, 1025));
            refused("capacity", () -> b.backend.newCache(KvFormat.BF16, 1, 0, 10));
        }
    }

    @Test
    void spansThatDoNotFitTheirCacheAreRefused() {
        Spans spans = new Spans();
        KeyValues cache = all.getFirst().cache(KvFormat.F32, 1, 10, 4);
        for (long[] wrong :
                new long[][] {{10, 1}, {-1, 1}, {0, 11}, {0, -1}, {Long.MAX_VALUE, 1}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> spans.add(cache, wrong[0], (int) wrong[1]));
        }
        spans.add(cache, 9, 1);
        assertThrows(IllegalArgumentException.class, () -> spans.add(cache, 0, 1));
        spans.clear();
        spans.add(cache, 0, 10);
    }

    @Test
    void idsOutsideAreRefused() {
        for (Bench b : all) {
            for (int bad : new int[] {-1, 4, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                Buffer ids = b.ints(0, bad);
                refused("ids", () -> b.stream.embed(floats(16), weight(4, 8), ids, 2));
                Matrix w = experts(4, 8, 8);
                Buffer scratch = b.bytes(b.backend.expertsScratch(1, 2, 4, 8, 8));
                refused(
                        "ids",
                        () ->
                                b.stream.experts(
                                        floats(8), floats(8), ids, floats(2), w, w, w, 1, 2, 0,
                                        scratch));
            }
        }
    }

    @Test
    void expertsThatDoNotFitTogetherAreRefused() {
        for (Bench b : all) {
            Matrix gate = experts(2, 6, 8);
            Buffer scratch = b.bytes(100_000);
            refused("up", () -> experts(b, gate, experts(2, 8, 6), experts(2, 8, 6), scratch));
            refused("down", () -> experts(b, gate, gate, gate, scratch));
            refused("up", () -> experts(b, gate, experts(3, 6, 8), experts(2, 8, 6), scratch));
        }
    }

    @Test
    void tooLittleScratchIsRefused() {
        Assumptions.assumeTrue(NativeTiers.areBuilt());
        Matrix gate = experts(2, 6, 8);
        Buffer little = floats(16);
        refused("scratch", () -> experts(all.getLast(), gate, gate, experts(2, 8, 6), little));
    }

    private void experts(Bench b, Matrix gate, Matrix up, Matrix down, Buffer scratch) {
        b.stream.experts(
                floats(8), floats(8), floats(1), floats(1), gate, up, down, 1, 1, 0, scratch);
    }

    @Test
    void outputsThatOverlapWhatIsStillReadAreRefused() {
        for (Bench b : all) {
            Stream k = b.stream;
            Buffer shared = floats(20);
            refused("out", () -> k.linear(shared, shared.slice(8), weight(4, 4), null, 1));
            refused("out", () -> k.rmsNorm(shared, shared.slice(4), weight(1, 4), 1, 0));
            Spans one = spans(0, 1, 4);
            refused("out", () -> k.attention(shared, shared.slice(4), one, 0, 1, 1));
            // Neighbours, and the part of a buffer that is not used, are no overlap.
            k.linear(shared, shared.slice(16), weight(4, 4), null, 1);
        }
    }

    /** Else an index that was checked would be overwritten before it is used. */
    @Test
    void outputsOverTheirIndexesAreRefused() {
        for (Bench b : all) {
            Stream k = b.stream;
            Buffer shared = floats(10_000);
            Buffer behind = shared.slice(30_000);
            Buffer apart = shared.slice(20_000);
            Matrix table = weight(4, 8);
            refused("out", () -> k.embed(shared, table, shared, 2));
            refused("out", () -> k.embed(shared, table, shared.slice(60), 2));
            k.embed(shared, table, shared.slice(64), 2);
            refused("ids", () -> k.route(shared, shared, apart, 1, 4, 2, true));
            refused("ids", () -> k.route(shared, apart, shared.slice(4), 1, 4, 2, true));
            refused("weights", () -> k.route(apart, shared, shared, 1, 4, 2, true));
            Matrix w = experts(4, 8, 8);
            Buffer in = floats(8);
            Buffer out = floats(8);
            refused("out", () -> k.experts(shared, in, shared, apart, w, w, w, 1, 2, 0, behind));
            refused("out", () -> k.experts(shared, in, apart, shared, w, w, w, 1, 2, 0, behind));
            if (b.backend.expertsScratch(1, 2, 4, 8, 8) > 0) {
                refused(
                        "scratch",
                        () -> k.experts(out, in, shared, apart, w, w, w, 1, 2, 0, shared));
                refused(
                        "scratch",
                        () -> k.experts(out, in, apart, shared, w, w, w, 1, 2, 0, shared));
            }
            refused("x", () -> k.rotate(shared, spans(0, 1, 4), 2, 4, shared));
        }
    }

    @Test
    void sizesBeyond64BitsAreRefused() {
        for (Bench b : all) {
            long most = Long.MAX_VALUE;
            Buffer x = floats(8);
            refused("x", () -> b.stream.quantize(floats(8), floats(8), x, most / 8, 2, 4));
            for (long stride : new long[] {most, most / 2, -1}) {
                Convolution shape = new Convolution(3, 4, 4, stride, 4, 1, 2, 2, 0);
                Buffer scratch = b.bytes(b.backend.convolveScratch(shape));
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                b.stream.convolve(
                                        floats(4),
                                        floats(48),
                                        weight(1, 12),
                                        null,
                                        shape,
                                        scratch));
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                            b.backend.newCache(
                                    KvFormat.F32,
                                    Integer.MAX_VALUE,
                                    Integer.MAX_VALUE,
                                    Integer.MAX_VALUE));
        }
        int most = Integer.MAX_VALUE;
        for (int padding : new int[] {most, most / 2 + 1, most - 1}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Convolution.overPlanes(1, 4, 4, 2, 2, padding));
        }
        Convolution large = Convolution.overPlanes(most, 4, 4, 2, 2, most / 4);
        backends.forEach(
                backend -> {
                    if (backend instanceof NativeBackend) {
                        refused("shape", () -> backend.convolveScratch(large));
                    }
                });
    }

    @Test
    void convolutionsThatDoNotFitAreRefused() {
        for (Bench b : all) {
            Stream k = b.stream;
            Convolution shape = Convolution.overPlanes(2, 4, 4, 2, 2, 0);
            Buffer scratch = b.bytes(b.backend.convolveScratch(shape));
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
        Bench library = all.getLast();
        refused("x", () -> library.stream.quickGelu(floats(5).slice(2), 4));
        Arena gone = Arena.ofConfined();
        Buffer closed = library.backend.allocate(gone, 16);
        gone.close();
        refused("x", () -> library.stream.quickGelu(closed, 4));
        MemorySegment heap = MemorySegment.ofArray(new float[4]);
        Weight onHeap = new Weight(Format.of(WeightType.F32), heap, 2, 2);
        refused(
                "w",
                () -> library.stream.linear(floats(2), floats(2), library.hold(onHeap), null, 1));
    }
}
