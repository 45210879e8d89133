package io.step3.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.training.lessons.Examination;
import io.step3.training.lessons.Landmark;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Lessons;
import io.step3.training.lessons.Picture;
import io.step3.training.tokenizer.BpeTokenizer;
import io.step3.training.tokenizer.BpeTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingStateTest {

    private static final Recipe SMALL = SmallRecipe.RECIPE;
    private static final Run RUN = new Run(SMALL, 1, Run.RANDOM);

    @TempDir Path folder;

    @Test
    void aResumedTrainingGoesOnAsIfNeverInterrupted() throws IOException {
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        var parameters = new Parameters(SMALL.network());
        List<List<MicroBatch>> batches = batches(4);
        float[] straight;
        try (var learner =
                new Learner(parameters, TrainingState.beginning(RUN, parameters.initial(1)))) {
            for (int step = 1; step <= 4; step++) {
                learner.step(batches.get(step - 1), 1e-3f, step, step == 4);
                if (step == 2) {
                    learner.state(step, 5).save(folder);
                }
            }
            straight = learner.state(4, 9).weights();
        }
        TrainingState saved = TrainingState.newest(folder).orElseThrow();
        assertEquals(2, saved.step());
        assertEquals(5, saved.seconds());
        assertEquals(RUN, saved.run());
        try (var learner = new Learner(parameters, saved)) {
            for (int step = 3; step <= 4; step++) {
                learner.step(batches.get(step - 1), 1e-3f, step, step == 4);
            }
            assertArrayEquals(straight, learner.state(4, 9).weights(), 1e-5f);
        }
    }

    @Test
    void theLossFalls() throws IOException {
        var parameters = new Parameters(SMALL.network());
        List<MicroBatch> batch = batches(1).getFirst();
        try (var learner =
                new Learner(parameters, TrainingState.beginning(RUN, parameters.initial(1)))) {
            float first = learner.step(batch, 3e-3f, 1, false).loss();
            float last = first;
            for (int step = 2; step <= 30; step++) {
                last = learner.step(batch, 3e-3f, step, false).loss();
            }
            assertTrue(last < 0.6 * first, first + " to " + last);
        }
    }

    @Test
    void picturesWithoutWordsTeachTheVisionTowerAlone() {
        var parameters = new Parameters(SMALL.network());
        float[] before = parameters.initial(1);
        List<MicroBatch> batch = pictures();
        try (var learner = new Learner(parameters, TrainingState.beginning(RUN, before))) {
            float first = learner.step(batch, 3e-3f, 1, false).look();
            float last = first;
            for (int step = 2; step <= 20; step++) {
                last = learner.step(batch, 3e-3f, step, false).look();
            }
            assertTrue(last < 0.6 * first, first + " to " + last);
            float[] after = learner.state(20, 0).weights();
            float[] pace = parameters.paceOfLooking();
            int changed = 0;
            for (int i = 0; i < after.length; i++) {
                assertTrue(pace[i] > 0 || before[i] == after[i]);
                changed += before[i] == after[i] ? 0 : 1;
            }
            assertTrue(changed > 10_000, changed + " weights");
        }
    }

    @Test
    void scaledFeaturesAreReadAsBefore() {
        var parameters = new Parameters(SMALL.network());
        MicroBatch batch = pictures().getFirst();
        float[] before = parameters.initial(1);
        try (var learner = new Learner(parameters, TrainingState.beginning(RUN, before))) {
            long[] seen = learner.seen(batch, false);
            learner.bringFeaturesTo(3, batch);
            assertArrayEquals(seen, learner.seen(batch, false));
            float[] once = learner.state(0, 0).weights();
            learner.bringFeaturesTo(3, batch);
            assertArrayEquals(once, learner.state(0, 0).weights(), 1e-5f);
        }
    }

    @Test
    void aLandmarkBelongsToTheFeatureThatCoversIt() {
        var rgb = new byte[3 * 100 * 60];
        var corner = new Landmark(3, 0.99, 0.99);
        var middle = new Landmark(5, 0.5, 0.5);
        var picture = new Picture(100, 60, rgb, List.of(corner, middle));
        MicroBatch batch = new Batches(SMALL, null).ofPictures(List.of(picture)).getFirst();
        int across = (int) Math.sqrt(SMALL.network().imageFeatures());
        var wanted = new long[across * across];
        wanted[wanted.length - 1] = 3;
        wanted[across / 2 * across + across / 2] = 5;
        assertArrayEquals(wanted, batch.kinds());
        assertEquals(2, batch.landmarks());
    }

    private static List<MicroBatch> pictures() {
        List<Picture> pictures =
                Examination.lessons(3, 60).stream()
                        .flatMap(lesson -> lesson.picture().stream())
                        .limit(24)
                        .toList();
        return new Batches(SMALL, null).ofPictures(pictures);
    }

    @Test
    void onlyTheNewestTwoStatesAreKept() throws IOException {
        for (long step : new long[] {9, 10, 200}) {
            new TrainingState(RUN, new float[] {step}, new float[1], new float[1], step, 1)
                    .save(folder);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
        assertEquals(200, TrainingState.newest(folder).orElseThrow().step());
    }

    private static List<List<MicroBatch>> batches(int count) {
        var lessons = new Lessons(Lessons.Split.TRAINING, 4);
        var trainer = new BpeTrainer();
        var all = new ArrayList<Lesson>();
        for (int i = 0; i < 8 * count || i < 300; i++) {
            Lesson lesson = lessons.lesson(i, 0.2);
            trainer.add(lesson.messages().getLast().text() + "\n" + lesson.reasoning());
            all.add(lesson);
        }
        BpeTokenizer tokenizer = trainer.train(SMALL.network().vocabulary());
        var batches = new ArrayList<List<MicroBatch>>();
        for (int i = 0; i < count; i++) {
            batches.add(new Batches(SMALL, tokenizer).of(all.subList(8 * i, 8 * i + 8)));
        }
        return batches;
    }
}
