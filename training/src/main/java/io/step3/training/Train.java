package io.step3.training;

import io.step3.training.lessons.Examination;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Lessons;
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
 * saves and stops. A new training starts from random weights, or from those of an exported
 * checkpoint.
 */
public final class Train {

    /** Lessons of one step. */
    static final int BATCH = 48;

    /**
     * Highest learning rate of a new training. In the first one, which began at 1.5e-3, shapes were
     * told apart only below this.
     */
    private static final float PEAK = 1e-3f;

    /** Highest learning rate of a training that begins from a checkpoint. */
    private static final float PEAK_AGAIN = 5e-4f;

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

    /** Where a new training starts, or null for random weights. */
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
            balance += report.balance();
            norm += report.norm();
            summed++;
            long now = System.nanoTime();
            double seconds = start.seconds() + (now - begun) / 1e9;
            if (step % REPORT_EVERY == 0) {
                var mean = new Learner.Report(loss / summed, balance / summed, norm / summed);
                progress.loss(step, seconds, mean, rate);
                summed = 0;
                loss = 0;
                balance = 0;
                norm = 0;
            }
            if (step % SCORE_EVERY == 0) {
                progress.score(step, learner, stored(step));
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

    private float rate(long step) {
        float peak = checkpoint == null ? PEAK : PEAK_AGAIN;
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
                                    var batch = new ArrayList<Lesson>(BATCH);
                                    for (int i = 0; i < BATCH; i++) {
                                        double progress = (double) step / steps;
                                        batch.add(lessons.lesson(step * BATCH + i, progress));
                                    }
                                    queue.put(batches.of(batch));
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
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
