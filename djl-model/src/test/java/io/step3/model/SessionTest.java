package io.step3.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.image.ImageDecoder;
import io.step3.image.ImageProcessor;
import io.step3.image.ImageProcessorConfig;
import io.step3.image.ProcessedImage;
import io.step3.ops.BackendLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SessionTest {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final int CHUNK = 16;
    private static final int CONTEXT = 300;

    private static BackendLoader.Choice choice;
    private static Checkpoint checkpoint;
    private static Step3Model model;

    @BeforeAll
    static void load() {
        choice = BackendLoader.load();
        checkpoint = Checkpoint.open(GOLDEN.resolve("checkpoints/a"));
        var options = ModelOptions.DEFAULT.withPrefillChunk(CHUNK).withContextLength(CONTEXT);
        model = new Step3Model(checkpoint, choice.backend(), options, LoadProgress.NONE);
    }

    @AfterAll
    static void close() {
        model.close();
        checkpoint.close();
        choice.close();
    }

    private static int[] ids(int count, long seed) {
        // Below 1000 there are only words.
        return new Random(seed).ints(count, 3, 1000).toArray();
    }

    private static int read(Session session, int... ids) {
        return session.read(Prompt.of(ids), () -> false, ForwardObserver.NONE);
    }

    private static float[] logits(Session session) {
        float[] logits = new float[session.vocabulary()];
        session.logits(logits);
        return logits;
    }

    private static void assertClose(float[] expected, float[] actual) {
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(expected, actual, 1e-4f * largest);
    }

    private static float[] fresh(int... ids) {
        try (Session session = model.newSession()) {
            assertEquals(0, read(session, ids));
            return logits(session);
        }
    }

    @Test
    void decodingTokenByTokenEqualsOnePrefill() {
        int[] ids = ids(60, 1);
        try (Session session = model.newSession()) {
            read(session, ids[0]);
            for (int i = 1; i < ids.length; i++) {
                session.append(ids[i], ForwardObserver.NONE);
            }
            assertEquals(ids.length, session.position());
            assertClose(fresh(ids), logits(session));
        }
    }

    @Test
    void theNextTurnComputesOnlyWhatIsNew() {
        int[] whole = ids(80, 2);
        try (Session session = model.newSession()) {
            read(session, Arrays.copyOf(whole, 50));
            session.append(7, ForwardObserver.NONE);
            var seen = new PositionsSeen();
            int cached = session.read(Prompt.of(whole), () -> false, seen);
            assertEquals(50, cached);
            assertEquals(List.of(50, 66), seen.starts);
            assertClose(fresh(whole), logits(session));
        }
    }

    private static final class PositionsSeen implements ForwardObserver {
        private final List<Integer> starts = new ArrayList<>();

        @Override
        public void embedded(int position, int rows, java.lang.foreign.MemorySegment embeddings) {
            starts.add(position);
        }
    }

    @Test
    void theSamePromptAgainComputesItsLastTokenOnly() {
        int[] ids = ids(40, 3);
        try (Session session = model.newSession()) {
            read(session, ids);
            float[] first = logits(session);
            assertEquals(39, read(session, ids));
            assertClose(first, logits(session));
        }
    }

    @Test
    void rewindingForgetsTheEnd() {
        int[] ids = ids(40, 4);
        try (Session session = model.newSession()) {
            read(session, ids);
            session.rewind(20);
            assertEquals(20, session.position());
            session.append(9, ForwardObserver.NONE);
            int[] other = Arrays.copyOf(ids, 21);
            other[20] = 9;
            assertClose(fresh(other), logits(session));
            assertThrows(IllegalArgumentException.class, () -> session.rewind(22));
        }
    }

    @Test
    void aCancelledPrefillKeepsWholeChunksAndCanGoOn() {
        int[] ids = ids(100, 5);
        try (Session session = model.newSession()) {
            AtomicBoolean stop = new AtomicBoolean();
            ForwardObserver cancelsInSecondChunk =
                    new ForwardObserver() {
                        @Override
                        public void embedded(
                                int position,
                                int rows,
                                java.lang.foreign.MemorySegment embeddings) {
                            if (position == CHUNK) {
                                stop.set(true);
                            }
                        }
                    };
            assertThrows(
                    CancellationException.class,
                    () -> session.read(Prompt.of(ids), stop::get, cancelsInSecondChunk));
            assertEquals(2 * CHUNK, session.position());
            assertEquals(2 * CHUNK, read(session, ids));
            assertClose(fresh(ids), logits(session));
        }
    }

    @Test
    void sessionsInParallelDoNotDisturbEachOther() throws Exception {
        List<float[]> expected = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            expected.add(fresh(ids(50, 100 + i)));
        }
        try (var threads = Executors.newFixedThreadPool(6)) {
            List<Callable<float[]>> tasks = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int[] ids = ids(50, 100 + i);
                tasks.add(() -> fresh(ids));
            }
            List<Future<float[]>> results = threads.invokeAll(tasks);
            for (int i = 0; i < 6; i++) {
                assertArrayEquals(expected.get(i), results.get(i).get(), "session " + i);
            }
        }
    }

    @Test
    void aPromptBeyondTheContextIsRefusedWithBothNumbers() {
        try (Session session = model.newSession()) {
            var failure =
                    assertThrows(IllegalArgumentException.class, () -> read(session, ids(301, 6)));
            assertTrue(failure.getMessage().contains("301"), failure.getMessage());
            assertTrue(failure.getMessage().contains("300"), failure.getMessage());
            read(session, ids(300, 6));
            assertThrows(
                    IllegalArgumentException.class, () -> session.append(5, ForwardObserver.NONE));
        }
    }

    @Test
    void idsOutsideTheVocabularyAreRefused() {
        try (Session session = model.newSession()) {
            assertThrows(IllegalArgumentException.class, () -> read(session, 5, 1024));
            assertThrows(IllegalArgumentException.class, () -> read(session, -1));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> session.append(1024, ForwardObserver.NONE));
            assertEquals(0, session.position());
        }
    }

    @Test
    void anotherPictureInTheSamePlaceIsNotTakenForTheOneInTheCache() throws IOException {
        ProcessedImage first = picture("p300x200");
        ProcessedImage second = picture("p56x56");
        int[] ids = new int[model.baseFeatures() + 4];
        Arrays.fill(ids, model.imageTokenId());
        ids[0] = 5;
        ids[1] = 6;
        ids[ids.length - 2] = 7;
        ids[ids.length - 1] = 8;
        try (Session session = model.newSession()) {
            var prompt = new Prompt(ids, List.of(first));
            session.read(prompt, () -> false, ForwardObserver.NONE);
            float[] logits = logits(session);
            assertEquals(ids.length, session.sharedPrefix(prompt));
            var other = new Prompt(ids, List.of(second));
            assertEquals(2, session.read(other, () -> false, ForwardObserver.NONE));
            assertTrue(!Arrays.equals(logits, logits(session)));
            assertEquals(2, session.read(prompt, () -> false, ForwardObserver.NONE));
            assertClose(logits, logits(session));
        }
    }

    @Test
    void aPromptCutWithinAPictureLooksAtItAgain() throws IOException {
        ProcessedImage image = picture("p300x200");
        int[] ids = new int[model.baseFeatures() + 1];
        Arrays.fill(ids, model.imageTokenId());
        ids[ids.length - 1] = 8;
        var prompt = new Prompt(ids, List.of(image));
        try (Session session = model.newSession()) {
            session.read(prompt, () -> false, ForwardObserver.NONE);
            float[] logits = logits(session);
            session.rewind(3);
            assertEquals(3, session.read(prompt, () -> false, ForwardObserver.NONE));
            assertClose(logits, logits(session));
        }
    }

    @Test
    void picturesAndImageTokensMustMatch() throws IOException {
        var prompt = new Prompt(new int[] {5, model.imageTokenId()}, List.of(picture("p56x56")));
        try (Session session = model.newSession()) {
            var failure =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> session.read(prompt, () -> false, ForwardObserver.NONE));
            assertTrue(failure.getMessage().contains("1 image token"), failure.getMessage());
        }
    }

    private static ProcessedImage picture(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(GOLDEN.resolve("image/" + name + ".png"));
        return new ImageProcessor(new ImageProcessorConfig(96, 64))
                .process(new ImageDecoder().decode(bytes, name));
    }

    @Test
    void aClosedSessionSaysSo() {
        Session session = model.newSession();
        session.close();
        session.close();
        assertThrows(IllegalStateException.class, () -> read(session, 5));
    }

    @Test
    void anEmptyPromptIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Prompt.of());
    }
}
