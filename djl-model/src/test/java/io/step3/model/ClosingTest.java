package io.step3.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.image.ImageDecoder;
import io.step3.image.ImageProcessor;
import io.step3.image.ImageProcessorConfig;
import io.step3.image.ProcessedImage;
import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.JavaBackend;
import io.step3.ops.NativeBackend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Closing while something is computed: what computes ends, and only then memory is freed. */
class ClosingTest {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final Path FOLDER = GOLDEN.resolve("checkpoints/a");
    private static final int THREADS = 8;

    private final BackendLoader.Choice chosen = BackendLoader.load();

    @AfterEach
    void close() {
        chosen.close();
    }

    private List<Backend> backends() {
        return List.of(chosen.backend(), new JavaBackend());
    }

    private static Step3Model bind(Checkpoint checkpoint, Backend backend) {
        var options = ModelOptions.DEFAULT.withContextLength(300).withPrefillChunk(16);
        return new Step3Model(checkpoint, backend, options, LoadProgress.NONE);
    }

    private static ProcessedImage picture(Checkpoint checkpoint) throws IOException {
        var sizes = checkpoint.preprocessor();
        Path file = GOLDEN.resolve("../../examples/images/shapes.png").normalize();
        return new ImageProcessor(new ImageProcessorConfig(sizes.imageSize(), sizes.patchSize()))
                .process(new ImageDecoder().decode(Files.readAllBytes(file), "shapes.png"));
    }

    @Test
    void aCheckpointThatIsClosedUnderAModelStaysUntilTheModelIsClosed() {
        for (Backend backend : backends()) {
            Checkpoint checkpoint = Checkpoint.open(FOLDER);
            var weight = checkpoint.tensors().tensor("model.norm.weight").data();
            Step3Model first = bind(checkpoint, backend);
            Step3Model second = bind(checkpoint, backend);
            checkpoint.close();
            checkpoint.close();
            first.close();
            assertThrows(IllegalStateException.class, () -> bind(checkpoint, backend));
            try (Session session = second.newSession()) {
                session.read(Prompt.of(5, 6, 7), () -> false, ForwardObserver.NONE);
                assertEquals(3, session.position());
            }
            second.close();
            second.close();
            assertThrows(IllegalStateException.class, () -> weight.get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void eightThreadsThatWriteEndWhenTheModelIsClosed() throws Exception {
        for (Backend backend : backends()) {
            Checkpoint checkpoint = Checkpoint.open(FOLDER);
            Step3Model model = bind(checkpoint, backend);
            endsAll(
                    model,
                    begun -> {
                        try (Session session = model.newSession()) {
                            while (true) {
                                session.rewind(0);
                                session.read(
                                        Prompt.of(5, 6, 7, 8), () -> false, ForwardObserver.NONE);
                                begun.countDown();
                                for (int i = 0; i < 200; i++) {
                                    session.append(9, ForwardObserver.NONE);
                                }
                            }
                        }
                    });
            checkpoint.close();
            assertFalse(Files.readString(Path.of("/proc/self/maps")).contains(FOLDER.toString()));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void eightThreadsThatLookEndWhenTheModelIsClosed() throws Exception {
        for (Backend backend : backends()) {
            Checkpoint checkpoint = Checkpoint.open(FOLDER);
            Step3Model model = bind(checkpoint, backend);
            ProcessedImage picture = picture(checkpoint);
            endsAll(
                    model,
                    begun -> {
                        while (true) {
                            begun.countDown();
                            try (Arena arena = Arena.ofConfined()) {
                                model.look(arena, picture, () -> false);
                            }
                        }
                    });
            checkpoint.close();
            assertFalse(Files.readString(Path.of("/proc/self/maps")).contains(FOLDER.toString()));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void passesOverManySequencesEndWhenTheModelIsClosed() throws Exception {
        for (Backend backend : backends()) {
            Checkpoint checkpoint = Checkpoint.open(FOLDER);
            Step3Model model = bind(checkpoint, backend);
            endsAll(
                    model,
                    begun -> {
                        List<Sequence> sequences =
                                Stream.generate(model::newSequence).limit(3).toList();
                        while (true) {
                            sequences.forEach(sequence -> sequence.rewind(0));
                            model.step(sequences.stream().map(ClosingTest::next).toList());
                            begun.countDown();
                        }
                    });
            checkpoint.close();
            assertFalse(Files.readString(Path.of("/proc/self/maps")).contains(FOLDER.toString()));
        }
    }

    private static Span next(Sequence sequence) {
        return sequence.next(9, null, ForwardObserver.NONE);
    }

    @Test
    void aSequenceThatIsClosedWhileItIsComputedIsWaitedForAndTheOthersGoOn() throws Exception {
        for (Backend backend : backends()) {
            try (Checkpoint checkpoint = Checkpoint.open(FOLDER);
                    Step3Model model = bind(checkpoint, backend);
                    Sequence stays = model.newSequence();
                    var closer = Executors.newSingleThreadExecutor()) {
                for (int i = 0; i < 50; i++) {
                    Sequence goes = model.newSequence();
                    Future<?> closing = closer.submit(goes::close);
                    int before = stays.position();
                    try {
                        while (true) {
                            model.step(List.of(next(stays), next(goes)));
                            before++;
                        }
                    } catch (IllegalStateException e) {
                        assertEquals("the sequence is closed", e.getMessage());
                    }
                    closing.get();
                    assertEquals(before, stays.position(), "no sequence of a failed pass moves");
                    model.step(List.of(next(stays)));
                    stays.rewind(0);
                }
            }
        }
    }

    private interface Work {
        void forever(CountDownLatch begun);
    }

    /** Closes the model while threads compute, and sees each end for that reason. */
    private static void endsAll(Step3Model model, Work work) throws Exception {
        var begun = new CountDownLatch(THREADS);
        try (var threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                all.add(threads.submit(() -> work.forever(begun)));
            }
            begun.await();
            model.close();
            for (Future<?> each : all) {
                var e = assertThrows(ExecutionException.class, each::get);
                assertEquals("the model is closed", e.getCause().getMessage(), e.toString());
                assertTrue(e.getCause() instanceof IllegalStateException);
            }
        }
        assertThrows(IllegalStateException.class, model::newSession);
    }

    @Test
    void aModelThatCannotBeBoundLetsGoOfTheCheckpoint() {
        Checkpoint checkpoint = Checkpoint.open(FOLDER);
        BackendLoader.Choice closed = BackendLoader.load();
        closed.close();
        if (closed.backend() instanceof JavaBackend) {
            return;
        }
        assertThrows(IllegalStateException.class, () -> bind(checkpoint, closed.backend()));
        var weight = checkpoint.tensors().tensor("model.norm.weight").data();
        checkpoint.close();
        assertThrows(IllegalStateException.class, () -> weight.get(ValueLayout.JAVA_BYTE, 0));
    }

    /** The working memory cannot be made here, as it could not without memory. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aSessionThatCannotComputeLeavesNothingBehind() throws IOException {
        BackendLoader.Choice closed = BackendLoader.load();
        Assumptions.assumeTrue(closed.backend() instanceof NativeBackend);
        try (Checkpoint checkpoint = Checkpoint.open(FOLDER);
                Step3Model model = bind(checkpoint, closed.backend())) {
            long bytes;
            try (Sequence sequence = model.newSequence()) {
                bytes = sequence.cacheBytes();
            }
            closed.close();
            int attempts = 1000;
            long before = addressSpace();
            for (int i = 0; i < attempts; i++) {
                try (Session session = model.newSession()) {
                    assertThrows(
                            IllegalStateException.class,
                            () -> session.read(Prompt.of(5), () -> false, ForwardObserver.NONE));
                }
            }
            long grown = addressSpace() - before;
            assertTrue(grown < attempts * bytes / 2, grown + " bytes for caches of " + bytes);
        }
    }

    private static long addressSpace() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            String size =
                    lines.filter(line -> line.startsWith("VmSize:")).findFirst().orElseThrow();
            return Long.parseLong(size.replaceAll("\\D", "")) * 1024;
        }
    }
}
