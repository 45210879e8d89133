package io.step3.desktop.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.HeadlessToolkit;
import io.step3.desktop.app.FrameMeter.Frame;
import io.step3.desktop.app.StreamingWindow.Heap;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link StreamingBenchmark} in short: what grows with the answer shows here too. */
class StreamingWindowTest {

    private static final int TOKENS = 20_000;
    private static final double PER_SECOND = 1000;
    private static final long MB = 1_000_000;

    @TempDir Path data;

    @BeforeAll
    static void startToolkit() throws Exception {
        HeadlessToolkit.start();
    }

    @Test
    void aLongAnswerCostsNoMoreLateThanEarly() throws Exception {
        try (var window = new StreamingWindow(data, TOKENS, PER_SECOND)) {
            window.stream();
            window.leave();
            // Over equal stretches of text, not by flush: on a machine that is busy with other
            // things there are fewer flushes, each of more text.
            List<Frame> early = window.frames(0.1, 0.5);
            List<Frame> late = window.frames(0.6, 1.0);
            assertNotMoreThanTwice("CPU", early, late, Frame::cpu);
            assertNotMoreThanTwice("bytes", early, late, Frame::allocated);
            double built = StreamingBenchmark.mean(window.frames(0, 1.01), Frame::built);
            assertTrue(built < 12, "blocks built per frame: " + built);
            assertTrue(window.mostNodes() < 4000, "nodes: " + window.mostNodes());

            List<Heap> heap = window.heap();
            assertTrue(heap.get(3).used() - heap.get(1).used() < 16 * MB, heap.toString());
            assertTrue(heap.get(4).used() - heap.get(1).used() < 4 * MB, heap.toString());

            assertTrue(window.reader().wheels() > 0, "it never scrolled");
            assertEquals(window.reader().text(), window.draft());
            assertEquals(window.expected(), window.said());
        }
    }

    private static void assertNotMoreThanTwice(
            String what, List<Frame> early, List<Frame> late, ToLongFunction<Frame> value) {
        long before = early.stream().mapToLong(value).sum();
        long after = late.stream().mapToLong(value).sum();
        assertTrue(before > 0 && after < 2 * before, what + ": " + before + ", then " + after);
    }
}
