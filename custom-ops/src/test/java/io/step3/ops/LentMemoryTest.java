package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory of another library is computed with where it lies, and stays that library's. */
class LentMemoryTest {
    private static final int ROWS = 70;
    private static final int HEADS = 3;
    private static final int DIM = 20;

    @TempDir private static Path folder;
    private static final List<HostBackend> ALL = new ArrayList<>(List.of(new JavaBackend()));

    @BeforeAll
    static void open() {
        if (NativeTiers.areBuilt()) {
            ALL.addAll(NativeTiers.open(folder, 1));
        }
    }

    @AfterAll
    static void close() {
        ALL.forEach(Backend::close);
    }

    /** At any address that floats may have. */
    private static MemorySegment floats(Cases c, long n) {
        MemorySegment memory = c.arena.allocate((n + 1) * Float.BYTES, 64).asSlice(Float.BYTES);
        MemorySegment.copy(
                c.floats(n), 0, memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, Math.toIntExact(n));
        return memory;
    }

    @Test
    void attentionOverLentKeysIsThatOverOwnOnesToTheBit() {
        for (HostBackend backend : ALL) {
            for (boolean keysFirst : new boolean[] {true, false}) {
                try (Cases c = new Cases(90);
                        Bench b = new Bench(backend)) {
                    MemorySegment one = floats(c, ROWS * DIM);
                    MemorySegment other = floats(c, ROWS * DIM);
                    MemorySegment keys = keysFirst ? one : other;
                    MemorySegment values = keysFirst ? other : one;
                    Buffer q = b.floats(c.floats(2 * HEADS * DIM));

                    KeyValues own = b.cache(KvFormat.F32, 1, ROWS, DIM);
                    Spans all = new Spans();
                    all.add(own, 0, ROWS);
                    b.stream.append(
                            backend.lend(keys.address(), keys.byteSize()),
                            backend.lend(values.address(), values.byteSize()),
                            all,
                            0);
                    KeyValues lent = backend.lend(keys.address(), values.address(), ROWS, DIM);

                    assertArrayEquals(attended(b, own, q), attended(b, lent, q), backend.name());
                    assertArrayEquals(
                            keys.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED), b.keys(lent, 0, ROWS));
                    assertArrayEquals(
                            values.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED),
                            b.values(lent, 0, ROWS));

                    KeyValues copy = b.cache(KvFormat.F32, 1, ROWS, DIM);
                    copy.copyFrom(lent, ROWS);
                    assertArrayEquals(attended(b, own, q), attended(b, copy, q), backend.name());
                }
            }
        }
    }

    private static float[] attended(Bench b, KeyValues cache, Buffer q) {
        Spans last = new Spans();
        last.add(cache, ROWS - 2, 2);
        Buffer out = b.poisoned(2 * HEADS * DIM);
        b.stream.attention(out, q, last, 0, HEADS, 0.3f);
        return b.read(out);
    }

    @Test
    void neitherReleasingNorClosingTouchesIt() {
        for (HostBackend backend : ALL) {
            try (Cases c = new Cases(91)) {
                MemorySegment keys = floats(c, 40_000);
                MemorySegment values = floats(c, 40_000);
                float[] before = keys.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                KeyValues lent = backend.lend(keys.address(), values.address(), 40_000, 1);
                assertEquals(2 * 40_000 * Float.BYTES, lent.bytes());
                lent.release(0);
                lent.close();
                lent.close();
                assertArrayEquals(before, keys.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
                assertThrows(IllegalStateException.class, () -> lent.release(0));
            }
        }
    }

    @Test
    void operationsReadAndWriteLentBuffers() {
        for (HostBackend backend : ALL) {
            try (Cases c = new Cases(92);
                    Bench b = new Bench(backend)) {
                MemorySegment x = floats(c, 2 * 33);
                MemorySegment y = floats(c, 2 * 17 + 1);
                float behind = y.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, 2 * 17);
                Matrix w = backend.hold(c.weight(WeightType.F8_E4M3, 17, 33));
                Buffer expected = b.poisoned(2 * 17);
                float[] numbers = x.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                b.stream.linear(expected, b.floats(numbers), w, null, 2);
                b.stream.linear(
                        backend.lend(y.address(), 2 * 17 * Float.BYTES),
                        backend.lend(x.address(), x.byteSize()),
                        w,
                        null,
                        2);
                assertArrayEquals(
                        b.read(expected),
                        y.asSlice(0, 2 * 17 * Float.BYTES)
                                .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
                assertEquals(behind, y.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, 2 * 17));
            }
        }
    }

    @Test
    void aCacheWithoutRowsIsRefused() {
        for (HostBackend backend : ALL) {
            assertThrows(IllegalArgumentException.class, () -> backend.lend(64, 64, 0, 8));
        }
    }
}
