package io.step3.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A model and many streams of it, on Step3-Tiny, as short as can be. */
class ModelAndStreamBenchTest {

    private static WeightMemory memory;
    private static Ceiling ceiling;

    @BeforeAll
    static void measureTheMachine() {
        memory = WeightMemory.reserve(64 << 20, 64 << 20);
        ceiling = Ceiling.over(memory.memory(), 2);
    }

    @AfterAll
    static void free() {
        ceiling.close();
        memory.close();
    }

    private static Step3 load() {
        return Step3.load(BundledCheckpoint.folder().orElseThrow());
    }

    private static void assertFinite(List<Row> rows) {
        for (Row row : rows) {
            double median = row.samples().median();
            assertTrue(median > 0 && Double.isFinite(median), () -> row.name() + ": " + median);
            row.share()
                    .ifPresent(share -> assertTrue(share.percent() > 0, () -> row.name() + share));
        }
    }

    @Test
    void aModelIsLoadedReadsWritesAndLooks() {
        List<Row> rows = new ArrayList<>();
        new ModelBench(ModelAndStreamBenchTest::load, ceiling, () -> false, rows::add).run(0.1);
        assertFinite(rows);
        List<String> names = rows.stream().map(Row::name).toList();
        assertEquals("load", names.getFirst());
        assertEquals("a picture to first token", names.getLast());
        assertTrue(names.contains("read a prompt"), names::toString);
        assertTrue(names.contains("write, tokens before it"), names::toString);
    }

    @Test
    void aPromptHasAboutAsManyTokensAsWereAskedFor() {
        try (Step3 step3 = load()) {
            Prompts prompts = new Prompts(step3);
            Answer first = Answer.read(step3, prompts.text(300, 5), () -> false);
            assertTrue(Math.abs(first.prompt() - 300) < 40, first::toString);
            assertEquals(5, first.written());
            Answer next = Answer.read(step3, prompts.text(300, 5), () -> false);
            assertTrue(next.computed() > 260, () -> "a cache helped: " + next);
        }
    }

    @Test
    void manyStreamsAndANewcomer() {
        List<Row> rows = new ArrayList<>();
        try (Step3 step3 = load()) {
            new StreamBench(step3, ceiling, () -> false, rows::add).run(0.1);
        }
        assertFinite(rows);
        List<String> names = rows.stream().map(Row::name).toList();
        for (String name :
                List.of("1 stream", "16 streams, all together", "first token beside 7")) {
            assertTrue(names.contains(name), names::toString);
        }
    }

    @Test
    void aWishToStopEndsBoth() {
        List<Row> rows = new ArrayList<>();
        var model = new ModelBench(ModelAndStreamBenchTest::load, ceiling, () -> true, rows::add);
        assertThrows(CancellationException.class, () -> model.run(3600));
        try (Step3 step3 = load()) {
            var streams = new StreamBench(step3, ceiling, () -> true, rows::add);
            assertThrows(CancellationException.class, () -> streams.run(3600));
        }
        assertTrue(rows.isEmpty(), rows::toString);
    }

    @Test
    void theCostOfATokenIsThatOfTheTensorsItPasses() {
        try (Step3 step3 = load()) {
            TokenCost cost = TokenCost.of(step3.model());
            var text = step3.model().checkpoint().config().text();
            assertEquals(
                    (long) text.vocabSize() * text.hiddenSize(),
                    cost.allWeights() - cost.weights());
            long all = step3.model().checkpoint().tensors().bytes();
            assertTrue(cost.weightBytes() > all / 10 && cost.weightBytes() < all);
        }
    }
}
