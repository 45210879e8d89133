package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What benchmarks compare with does the work that it is timed for. */
class MachineProbeTest {

    private MachineProbe probe;

    @BeforeEach
    void load() {
        var loaded = MachineProbe.load();
        Assumptions.assumeTrue(loaded.isPresent(), "this build has no native library");
        probe = loaded.get();
    }

    @AfterEach
    void unload() {
        if (probe != null) {
            probe.close();
        }
    }

    @Test
    void everyWholePageIsReadOnceAndNothingBeyond() {
        try (Arena arena = Arena.ofConfined()) {
            long numbers = 4 * 4096 / Long.BYTES * 3;
            MemorySegment memory = arena.allocate(numbers * Long.BYTES + 4096, 4096);
            for (long i = 0; i < memory.byteSize() / Long.BYTES; i++) {
                memory.setAtIndex(ValueLayout.JAVA_LONG, i, i < numbers ? i : 1L << 40);
            }
            MemorySegment pages = memory.asSlice(0, numbers * Long.BYTES);
            long sum = numbers * (numbers - 1) / 2;
            assertEquals(sum, probe.read(pages, 1));
            assertEquals(sum, probe.read(pages, 4));
            assertEquals(sum, probe.read(memory.asSlice(0, pages.byteSize() + 4088), 4));
        }
    }

    @Test
    void theOperationsAreCounted() {
        long one = probe.multiply(1);
        assertTrue(one > 0);
        assertEquals(1000 * one, probe.multiply(1000));
        assertThrows(IllegalArgumentException.class, () -> probe.multiply(0));
        assertThrows(IllegalArgumentException.class, () -> probe.read(MemorySegment.NULL, 3));
    }
}
