package io.step3.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sequences that are computed together are computed as if each were alone. */
class BatchTest {

    private static final Path CHECKPOINTS =
            Path.of(System.getProperty("step3.golden"), "checkpoints");
    private static final long SEED = Long.getLong("step3.seed", 20261129);
    private static final int SEQUENCES = 9;
    private static final int WRITTEN = 12;

    static Stream<Arguments> models() {
        return Stream.of("a", "b")
                .flatMap(name -> Stream.of("", "java").map(kernels -> Arguments.of(name, kernels)));
    }

    private static Step3Model bind(Checkpoint checkpoint, Backend backend) {
        return new Step3Model(
                checkpoint, backend, ModelOptions.DEFAULT.withPrefillChunk(64), LoadProgress.NONE);
    }

    /** A prompt, and the tokens that greedy decoding alone writes after it. */
    private record Expected(int[] prompt, int[] written, List<float[]> logits) {}

    private static Expected alone(Step3Model model, int[] prompt) {
        List<float[]> logits = new ArrayList<>();
        int[] written = new int[WRITTEN];
        try (Sequence sequence = model.newSequence();
                Reading reading = sequence.read(Prompt.of(prompt))) {
            while (reading.left() > 0) {
                logits.clear();
                logits.add(new float[model.vocabulary()]);
                model.step(List.of(reading.next(64, logits.getFirst(), ForwardObserver.NONE)));
            }
            for (int i = 0; i < WRITTEN; i++) {
                written[i] = largest(logits.getLast());
                logits.add(new float[model.vocabulary()]);
                model.step(
                        List.of(sequence.next(written[i], logits.getLast(), ForwardObserver.NONE)));
            }
        }
        return new Expected(prompt, written, logits);
    }

    private static int largest(float[] logits) {
        return IntStream.range(0, logits.length)
                .reduce(0, (best, i) -> logits[i] > logits[best] ? i : best);
    }

    /** An answer on its way, some of it a prompt that is still read. */
    private static final class Answer implements AutoCloseable {
        private final Expected expected;
        private final Sequence sequence;
        private final Reading reading;
        private final float bound;
        private final float[] logits;
        private int written;

        /**
         * @param bound how far a logit may be from what it is alone, as a part of the largest
         */
        Answer(Step3Model model, Expected expected, float bound) {
            this.bound = bound;
            this.expected = expected;
            this.sequence = model.newSequence();
            this.reading = sequence.read(Prompt.of(expected.prompt));
            this.logits = new float[model.vocabulary()];
        }

        Span next(Random random) {
            return reading.left() > 0
                    ? reading.next(1 + random.nextInt(40), logits, ForwardObserver.NONE)
                    : sequence.next(expected.written[written++], logits, ForwardObserver.NONE);
        }

        boolean isDone() {
            return written == WRITTEN;
        }

        void check() {
            if (reading.left() > 0) {
                return;
            }
            float[] alone = expected.logits.get(written);
            assertEquals(largest(alone), largest(logits), "token " + written);
            float most = 0;
            for (float value : alone) {
                most = Math.max(most, Math.abs(value));
            }
            assertArrayEquals(alone, logits, bound * most, "logits after token " + written);
        }

        @Override
        public void close() {
            reading.close();
            sequence.close();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void companyChangesNoToken(String name, String which) {
        System.out.println("checkpoint " + name + ", kernels " + which + ": seed " + SEED);
        Random random = new Random(SEED);
        try (BackendLoader.Choice choice = BackendLoader.load(which);
                Checkpoint checkpoint = Checkpoint.open(CHECKPOINTS.resolve(name));
                Step3Model model = bind(checkpoint, choice.backend())) {
            List<Expected> expected = new ArrayList<>();
            for (int i = 0; i < SEQUENCES; i++) {
                int length = 1 + random.nextInt(90);
                int words = model.vocabulary();
                expected.add(alone(model, random.ints(length, 0, words).map(t -> t / 2).toArray()));
            }
            List<Answer> waiting = new ArrayList<>();
            // Native code with fp8 weights scales the sums of a row that is alone, and the weights
            // of others. Everything else is equal to the bit.
            float bound = name.equals("b") && which.isEmpty() ? 1e-5f : 0;
            expected.forEach(each -> waiting.add(new Answer(model, each, bound)));
            List<Answer> open = List.copyOf(waiting);
            try {
                while (!waiting.isEmpty()) {
                    Collections.shuffle(waiting, random);
                    List<Answer> some = waiting.subList(0, 1 + random.nextInt(waiting.size()));
                    model.step(some.stream().map(answer -> answer.next(random)).toList());
                    some.forEach(Answer::check);
                    waiting.removeIf(Answer::isDone);
                }
            } finally {
                open.forEach(Answer::close);
            }
        }
    }

    private interface Use {
        void of(Step3Model model);
    }

    private static void with(Use use) {
        Path folder = CHECKPOINTS.resolve("a");
        try (BackendLoader.Choice choice = BackendLoader.load();
                Checkpoint checkpoint = Checkpoint.open(folder);
                Step3Model model = bind(checkpoint, choice.backend())) {
            use.of(model);
        }
    }

    @Test
    void aCopiedBeginningIsGoneOnWithLikeTheFirst() {
        with(
                model -> {
                    int[] prompt = new Random(3).ints(50, 0, model.vocabulary()).toArray();
                    Expected expected = alone(model, prompt);
                    try (Sequence first = model.newSequence();
                            Sequence second = model.newSequence();
                            Reading reading = first.read(Prompt.of(prompt))) {
                        model.step(List.of(reading.next(40, null, ForwardObserver.NONE)));
                        second.copyFrom(first, 33);
                        assertEquals(33, second.position());
                        assertEquals(33, second.shared(Prompt.of(prompt)));
                        float[] logits = new float[model.vocabulary()];
                        try (Reading rest = second.read(Prompt.of(prompt))) {
                            assertEquals(33, rest.cached());
                            model.step(List.of(rest.next(64, logits, ForwardObserver.NONE)));
                        }
                        assertEquals(expected.written[0], largest(logits));
                        assertThrows(
                                IllegalArgumentException.class, () -> second.copyFrom(first, 41));
                    }
                });
    }

    @Test
    void aWatcherSeesItsOwnRowsOnly() {
        with(
                model -> {
                    var alone = new Rows();
                    var inCompany = new Rows();
                    int[] prompt = {5, 6, 7};
                    for (Rows rows : List.of(alone, inCompany)) {
                        try (Sequence before = model.newSequence();
                                Sequence watched = model.newSequence();
                                Sequence after = model.newSequence();
                                Reading one = before.read(Prompt.of(9, 9, 9, 9));
                                Reading two = watched.read(Prompt.of(prompt));
                                Reading three = after.read(Prompt.of(8))) {
                            float[] logits = new float[model.vocabulary()];
                            Span span = two.next(9, logits, rows);
                            model.step(
                                    rows == alone
                                            ? List.of(span)
                                            : List.of(
                                                    one.next(9, null, ForwardObserver.NONE),
                                                    span,
                                                    three.next(9, null, ForwardObserver.NONE)));
                        }
                    }
                    assertEquals(alone.counts, inCompany.counts);
                    assertTrue(alone.counts.stream().allMatch(count -> count == prompt.length));
                    assertArrayEquals(alone.last, inCompany.last, 1e-4f);
                });
    }

    private static final class Rows implements ForwardObserver {
        private final List<Integer> counts = new ArrayList<>();
        private float[] last;

        @Override
        public void layer(int layer, int position, int rows, MemorySegment hidden) {
            counts.add(rows);
            last = hidden.toArray(ValueLayout.JAVA_FLOAT);
        }

        @Override
        public boolean wantsAllLogits() {
            return true;
        }

        @Override
        public void logits(int position, int rows, MemorySegment logits) {
            counts.add(rows);
        }
    }

    @Test
    void aPassRefusesSpansThatDoNotFitTogether() {
        with(
                model -> {
                    try (Sequence sequence = model.newSequence()) {
                        Span first = sequence.next(5, null, ForwardObserver.NONE);
                        Span twice = sequence.next(6, null, ForwardObserver.NONE);
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> model.step(List.of(first, twice)));
                        model.step(List.of(first));
                        assertThrows(
                                IllegalArgumentException.class, () -> model.step(List.of(twice)));
                        assertEquals(1, sequence.position());
                        sequence.close();
                        assertThrows(
                                IllegalStateException.class,
                                () ->
                                        model.step(
                                                List.of(
                                                        sequence.next(
                                                                6, null, ForwardObserver.NONE))));
                    }
                });
    }

    @Test
    void aSequenceThatWaitsCostsWhatItHasReadAndNoMore() {
        with(
                model -> {
                    try (Sequence sequence = model.newSequence();
                            Reading reading = sequence.read(Prompt.of(new int[60]))) {
                        assertEquals(0, sequence.bytes());
                        model.step(List.of(reading.next(60, null, ForwardObserver.NONE)));
                        long full = sequence.bytes();
                        assertEquals(
                                60 * ModelOptions.DEFAULT.cacheBytesPerToken(model.text().config()),
                                full);
                        sequence.rewind(30);
                        sequence.trim();
                        assertEquals(full / 2, sequence.bytes());
                    }
                });
    }
}
