package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Plain Java: sums done by hand; against itself, that it repeats itself. */
class JavaBackendTest extends BackendContract {
    @Override
    protected Backend open() {
        return new JavaBackend();
    }

    @Test
    void memoryOfOneThreadIsReadByThatThreadAlone() {
        try (Arena arena = Arena.ofConfined();
                Bench b = new Bench(new JavaBackend())) {
            MemorySegment data = arena.allocate(4L * 512 * 512, 4);
            Weight w = new Weight(Format.of(WeightType.F32), data, 512, 512);
            Buffer out = b.poisoned(512);
            b.stream.linear(out, b.bytes(4L * 512), b.hold(w), null, 1);
            assertEquals(0, b.read(out)[0]);
        }
    }

    @Test
    void aClosedBackendIsRefused() {
        Backend backend = new JavaBackend();
        Stream stream = backend.newStream();
        backend.close();
        try (Arena arena = Arena.ofConfined()) {
            Buffer x = backend.allocate(arena, 16);
            assertThrows(IllegalStateException.class, () -> stream.quickGelu(x, 4));
        }
    }
}
