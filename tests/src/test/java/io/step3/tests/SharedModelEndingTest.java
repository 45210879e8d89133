package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.image.ImageDecoder;
import io.step3.image.ImageProcessor;
import io.step3.image.ImageProcessorConfig;
import io.step3.image.ProcessedImage;
import io.step3.model.Backends;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementRequest;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Step3Model;
import io.step3.ops.BackendLoader;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A network shared between two backends that is cancelled or closed while both compute. */
class SharedModelEndingTest {

    private static final Path FOLDER = Golden.checkpoint("a");

    private final BackendLoader.Choice choice = BackendLoader.load();
    private final DistantBackend device = new DistantBackend(Long.MAX_VALUE);

    @AfterEach
    void close() {
        device.close();
        choice.close();
    }

    private Step3Model bind(Checkpoint checkpoint, String placement) {
        var given = (PlacementRequest.Given) PlacementRequest.parse(placement);
        return new Step3Model(
                checkpoint,
                new Backends(choice.backend(), device),
                given.of(checkpoint.config().text()),
                ModelOptions.DEFAULT.withContextLength(300).withPrefillChunk(4),
                LoadProgress.NONE);
    }

    private static boolean isMapped() throws Exception {
        return Files.readString(Path.of("/proc/self/maps")).contains(FOLDER.toString());
    }

    private static ProcessedImage picture(Checkpoint checkpoint) throws Exception {
        var sizes = checkpoint.preprocessor();
        Path file = Path.of("../examples/images/shapes.png");
        return new ImageProcessor(new ImageProcessorConfig(sizes.imageSize(), sizes.patchSize()))
                .process(new ImageDecoder().decode(Files.readAllBytes(file), "shapes.png"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aCheckpointThatIsClosedUnderItStaysUntilItIsClosed() throws Exception {
        Checkpoint checkpoint = Checkpoint.open(FOLDER);
        Step3Model model = bind(checkpoint, "gpu,routed=cpu");
        checkpoint.close();
        assertTrue(isMapped());
        try (Session session = model.newSession()) {
            session.read(Prompt.of(5, 6, 7), () -> false, ForwardObserver.NONE);
            assertEquals(3, session.position());
        }
        model.close();
        model.close();
        assertFalse(isMapped());
    }

    @Test
    void aPromptThatIsCancelledKeepsWhatWasReadAndGoesOn() throws Exception {
        Prompt prompt = Prompt.of(5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
        float[] expected = new float[1024];
        float[] actual = new float[1024];
        try (Checkpoint checkpoint = Checkpoint.open(FOLDER);
                Step3Model model = bind(checkpoint, "gpu,routed=cpu,cache=cpu");
                Session whole = model.newSession();
                Session cut = model.newSession()) {
            whole.read(prompt, () -> false, ForwardObserver.NONE);
            whole.logits(expected);
            AtomicInteger asked = new AtomicInteger();
            assertThrows(
                    CancellationException.class,
                    () ->
                            cut.read(
                                    prompt,
                                    () -> asked.incrementAndGet() > 2,
                                    ForwardObserver.NONE));
            assertEquals(8, cut.position());
            assertEquals(8, cut.read(prompt, () -> false, ForwardObserver.NONE));
            cut.logits(actual);
            assertArrayEquals(expected, actual, 1e-5f);
        }
    }

    @Test
    void aLookThatIsCancelledLeavesTheTowerAsItWas() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(FOLDER);
                Step3Model model = bind(checkpoint, "cpu,vision=gpu");
                Step3Model alone = bind(checkpoint, "cpu");
                Arena arena = Arena.ofShared()) {
            ProcessedImage picture = picture(checkpoint);
            AtomicInteger asked = new AtomicInteger();
            assertThrows(
                    CancellationException.class,
                    () -> model.look(arena, picture, () -> asked.incrementAndGet() > 2));
            float[] seen = model.look(arena, picture, () -> false).toArray(ValueLayout.JAVA_FLOAT);
            float[] expected =
                    alone.look(arena, picture, () -> false).toArray(ValueLayout.JAVA_FLOAT);
            Golden.assertClose("features", expected, seen, 1e-4);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void fourThreadsThatWriteEndWhenItIsClosed() throws Exception {
        Checkpoint checkpoint = Checkpoint.open(FOLDER);
        Step3Model model = bind(checkpoint, "gpu,routed.1=cpu,routed.3=cpu,head=cpu");
        CountDownLatch begun = new CountDownLatch(4);
        AtomicReference<Throwable> wrong = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try (Session session = model.newSession()) {
                                            write(session, begun);
                                        } catch (IllegalStateException e) {
                                            // That is how it ends.
                                        } catch (Throwable e) {
                                            wrong.set(e);
                                            begun.countDown();
                                        }
                                    }));
        }
        assertTrue(begun.await(60, TimeUnit.SECONDS));
        model.close();
        for (Thread thread : threads) {
            assertTrue(thread.join(java.time.Duration.ofSeconds(60)));
        }
        if (wrong.get() != null) {
            throw new AssertionError(wrong.get());
        }
        checkpoint.close();
        assertFalse(isMapped());
    }

    private static void write(Session session, CountDownLatch begun) {
        while (true) {
            session.rewind(0);
            session.read(Prompt.of(5, 6, 7, 8), () -> false, ForwardObserver.NONE);
            begun.countDown();
            for (int i = 0; i < 200; i++) {
                session.append(9, ForwardObserver.NONE);
            }
        }
    }

    /** What the device finds out late is thrown before a sequence has moved. */
    @Test
    void aBackendThatIsClosedUnderItEndsThePassAndMovesNothing() {
        try (Checkpoint checkpoint = Checkpoint.open(FOLDER);
                Step3Model model = bind(checkpoint, "gpu,routed=cpu");
                Session session = model.newSession()) {
            session.read(Prompt.of(5, 6, 7), () -> false, ForwardObserver.NONE);
            device.close();
            var failure =
                    assertThrows(
                            RuntimeException.class, () -> session.append(8, ForwardObserver.NONE));
            assertInstanceOf(IllegalStateException.class, failure);
            assertEquals(3, session.position());
        }
    }
}
