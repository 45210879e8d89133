package io.step3.training;

import io.step3.training.lessons.Examination;
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
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Trains Step3-Tiny, or goes on with a training that was interrupted.
 *
 * <p>{@code Train FOLDER SEED STEPS [CHECKPOINT]}: the folder holds the state, the tokenizer and
 * the reports; a seed and a number of steps have one result on one machine. SIGTERM or control-C
 * saves and stops. A new training starts from random weights, or with the tokenizer and the weights
 * of an exported checkpoint; what has learned to see already sees lessons from its first step.
 */
public final class Train {

    /** Lessons of one step. */
    static final int BATCH = 48;

    /**
     * Share of the steps, at the beginning, in which the vision tower alone learns what stands
     * where in pictures. From words alone it learns colours and places, but shapes and digits
     * hardly: the few words that depend on them say little about where in the picture to look.
     */
    private static final double LOOKING = 1 / 3.0;

    /** Highest learning rate of those steps, and of the others. */
    private static final float PEAK_LOOKING = 3e-3f;

    private static final float PEAK = 1e-3f;

    /**
     * Root mean square of the features when the lessons begin: what the text layers can work on.
     */
    private static final float FEATURES = 1;

    /** Lessons that may be looked through for a picture. */
    private static final int TRIES = 16;

    private static final float LAST = 0.03f;
    private static final int WARM_UP = 200;

    /**
     * Share of the training, at its end, in which the network sees its weights as the export rounds
     * them.
     */
    private static final double STORED = 0.1;

    private static final int REPORT_EVERY = 20;
    private static final int SCORE_EVERY = 500;
    private static final int SAVE_SECONDS = 300;
    private static final int TOKENIZER_LESSONS = 8000;
    private static final int SCORED_LESSONS = 480;

    /**
     * Seed of the lessons by which the training is watched; the examination of the result uses
     * another.
     */
    private static final long WATCH = 1;

    private final Path folder;
    private final long seed;
    private final long steps;

    /** Whose weights a new training starts with, or null for random ones. */
    private final Path checkpoint;

    private volatile boolean stopping;

    private Train(Path folder, long seed, long steps, Path checkpoint) {
        this.folder = folder;
        this.seed = seed;
        this.steps = steps;
        this.checkpoint = checkpoint;
    }

    /** Starts the training. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 3 && arguments.length != 4) {
            System.err.println("Usage: Train FOLDER SEED STEPS [CHECKPOINT]");
            System.exit(2);
        }
        new Train(
                        Path.of(arguments[0]),
                        Long.parseLong(arguments[1]),
                        Long.parseLong(arguments[2]),
                        arguments.length == 4 ? Path.of(arguments[3]) : null)
                .run();
    }

    private void run() throws Exception {
        Files.createDirectories(folder);
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        Step3Config config = Step3Config.tiny();
        BpeTokenizer tokenizer = tokenizer(config);
        var parameters = new Parameters(config);
        TrainingState state = start(parameters);
        System.out.printf("%d weights, step %d of %d%n", parameters.size(), state.step(), steps);
        var batches = new Batches(config, tokenizer);
        var progress =
                new Progress(
                        folder, tokenizer, batches, Examination.lessons(WATCH, SCORED_LESSONS));
        BlockingQueue<List<MicroBatch>> queue = new ArrayBlockingQueue<>(4);
        Thread feeder = feeder(new Batches(config, tokenizer), state.step(), queue);
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(main)));
        try (var learner = new Learner(config, parameters, state)) {
            learn(learner, progress, state, queue);
        } finally {
            feeder.interrupt();
        }
    }

    private TrainingState start(Parameters parameters) throws IOException {
        Optional<TrainingState> newest = TrainingState.newest(folder);
        if (newest.isPresent()) {
            return newest.get();
        }
        return TrainingState.beginning(
                checkpoint == null
                        ? parameters.initial(seed)
                        : CheckpointWeights.read(checkpoint, parameters));
    }

    private void learn(
            Learner learner,
            Progress progress,
            TrainingState start,
            BlockingQueue<List<MicroBatch>> queue)
            throws IOException, InterruptedException {
        long begun = System.nanoTime();
        long saved = begun;
        int summed = 0;
        float loss = 0;
        float look = 0;
        float balance = 0;
        float norm = 0;
        long step = start.step();
        while (step < steps && !stopping) {
            step++;
            float rate = rate(step);
            Learner.Report report = learner.step(queue.take(), rate, step, stored(step));
            if (!Float.isFinite(report.norm())) {
                throw new IllegalStateException("Step " + step + " has no finite gradient");
            }
            loss += report.loss();
            look += report.look();
            balance += report.balance();
            norm += report.norm();
            summed++;
            long now = System.nanoTime();
            double seconds = start.seconds() + (now - begun) / 1e9;
            if (step % REPORT_EVERY == 0) {
                var mean =
                        new Learner.Report(
                                loss / summed, look / summed, balance / summed, norm / summed);
                progress.loss(step, seconds, mean, rate);
                summed = 0;
                loss = 0;
                look = 0;
                balance = 0;
                norm = 0;
            }
            if (step % SCORE_EVERY == 0 || step == looking()) {
                progress.look(step, learner, stored(step));
            }
            if (step % SCORE_EVERY == 0 && step > looking()) {
                progress.score(step, learner, stored(step));
            }
            if (step == looking()) {
                learner.bringFeaturesTo(FEATURES, progress.pictures());
            }
            if ((now - saved) / 1_000_000_000L >= SAVE_SECONDS || step == steps || stopping) {
                learner.state(step, seconds).save(folder);
                saved = System.nanoTime();
            }
        }
    }

    private void stop(Thread main) {
        stopping = true;
        try {
            main.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean stored(long step) {
        return step > steps * (1 - STORED);
    }

    private long looking() {
        return checkpoint == null ? (long) (steps * LOOKING) : 0;
    }

    private float rate(long step) {
        return step <= looking()
                ? rate(PEAK_LOOKING, step, looking())
                : rate(PEAK, step - looking(), steps - looking());
    }

    /** Linear warm-up, then half a cosine. */
    private static float rate(float peak, long step, long steps) {
        if (step < WARM_UP) {
            return peak * step / WARM_UP;
        }
        double done = (double) (step - WARM_UP) / Math.max(1, steps - WARM_UP);
        return (float) (peak * (LAST + (1 - LAST) * 0.5 * (1 + Math.cos(Math.PI * done))));
    }

    private Thread feeder(Batches batches, long from, BlockingQueue<List<MicroBatch>> queue) {
        var lessons = new Lessons(Lessons.Split.TRAINING, seed);
        return Thread.ofPlatform()
                .daemon()
                .name("lessons")
                .start(
                        () -> {
                            try {
                                for (long step = from; step < steps; step++) {
                                    queue.put(
                                            step < looking()
                                                    ? batches.ofPictures(pictures(lessons, step))
                                                    : batches.of(lessons(lessons, step)));
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    private static List<Picture> pictures(Lessons lessons, long step) {
        var pictures = new ArrayList<Picture>(BATCH);
        for (int i = 0; pictures.size() < BATCH; i++) {
            // Not the numbers of the lessons.
            Lesson lesson = lessons.lesson(-1 - i - step * BATCH * TRIES, 1);
            lesson.picture().ifPresent(pictures::add);
        }
        return pictures;
    }

    private List<Lesson> lessons(Lessons lessons, long step) {
        double progress =
                checkpoint == null ? (double) (step - looking()) / (steps - looking()) : 1;
        var batch = new ArrayList<Lesson>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            batch.add(lessons.lesson(step * BATCH + i, progress));
        }
        return batch;
    }

    private BpeTokenizer tokenizer(Step3Config config) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        if (Files.notExists(file) && checkpoint != null) {
            Files.copy(checkpoint.resolve("tokenizer.json"), file);
        }
        if (Files.notExists(file)) {
            var trainer = new BpeTrainer();
            var lessons = new Lessons(Lessons.Split.TRAINING, seed);
            for (int i = 0; i < TOKENIZER_LESSONS; i++) {
                Lesson lesson = lessons.lesson(i, 1);
                trainer.add(lesson.system());
                lesson.messages().forEach(message -> trainer.add(message.text()));
                trainer.add("user\nassistant\n" + lesson.reasoning() + "\n");
                trainer.add("\n" + lesson.answer());
            }
            trainer.train(config.vocabulary()).save(file);
        }
        return BpeTokenizer.load(file);
    }
}
