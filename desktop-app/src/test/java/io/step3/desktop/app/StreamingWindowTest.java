package io.step3.desktop.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.app.FrameMeter.Frame;
import io.step3.desktop.app.StreamingWindow.Heap;
import java.nio.file.Path;
import java.util.List;
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
        StreamingWindow.startToolkit();
    }

    @Test
    void aLongAnswerCostsNoMoreLateThanEarly() throws Exception {
        try (var window = new StreamingWindow(data, TOKENS, PER_SECOND)) {
            window.stream();
            window.leave();
            List<Frame> early = StreamingBenchmark.flushes(window, 0.15, 0.4);
            List<Frame> late = StreamingBenchmark.flushes(window, 0.75, 1.01);
            assertTrue(early.size() > 10 && late.size() > 10, early.size() + " " + late.size());
            double before = StreamingBenchmark.share(early, Frame::cpu, 0.5);
            double after = StreamingBenchmark.share(late, Frame::cpu, 0.5);
            assertTrue(after < 2 * before, "CPU per flush: " + before + " ns, " + after + " ns");
            double early50 = StreamingBenchmark.share(early, Frame::allocated, 0.5);
            double late50 = StreamingBenchmark.share(late, Frame::allocated, 0.5);
            assertTrue(late50 < 2 * early50, "bytes per flush: " + early50 + ", " + late50);
            double built = StreamingBenchmark.mean(window.frames(0, 1.01), Frame::built);
            assertTrue(built < 12, "blocks built per frame: " + built);
            assertTrue(window.mostNodes() < 4000, "nodes: " + window.mostNodes());

            List<Heap> heap = window.heap();
            assertTrue(heap.get(3).used() - heap.get(1).used() < 16 * MB, heap.toString());
            assertTrue(heap.get(4).used() - heap.get(1).used() < 4 * MB, heap.toString());

            assertTrue(window.reader().wheels() > 50, "it scrolled");
            assertEquals(window.reader().text(), window.draft());
            assertEquals(window.expected(), window.said());
        }
    }
}
