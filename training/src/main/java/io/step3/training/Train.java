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

/**
 * Trains a network by a {@link Recipe}, or goes on with a training that was interrupted.
 *
 * <p>{@link Request#USAGE}: the folder holds the state, a copy of the recipe, the tokenizer and the
 * reports; a recipe, a seed and an origin have one result on one machine. SIGTERM or control-C
 * saves and stops; to go on, the folder is enough. A new training starts from random weights, or
 * with the tokenizer and the weights of an exported checkpoint.
 */
public final class Train {

    /** Lessons that may be looked through for a picture. */
    private static final int TRIES = 16;

    /**
     * Seed of the lessons by which the training is watched; the examination of the result uses
     * another.
     */
    private static final long WATCH = 1;

    private final Request request;
    private volatile boolean stopping;

    Train(Request request) {
        this.request = request;
    }

    /** Starts the training. */
    public static void main(String[] arguments) throws Exception {
        try {
            var train = new Train(Request.of(arguments));
            Thread main = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> train.stop(main)));
            train.run();
        } catch (IllegalArgumentException e) {
            System.err.println("step3: " + e.getMessage());
            // Not exit: the hook waits for this thread.
            Runtime.getRuntime().halt(2);
        }
    }

    /** Trains to the last step, or until {@link #stop}. */
    void run() throws IOException, InterruptedException {
        run(Long.MAX_VALUE);
    }

    /** Trains to a step, and saves. */
    void run(long until) throws IOException, InterruptedException {
        Path folder = request.folder();
        Files.createDirectories(folder);
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        TrainingState state = start();
        Run run = state.run();
        Recipe recipe = run.recipe();
        PrimitivesCheck.of(recipe.network()).run();
        BpeTokenizer tokenizer = tokenizer(run);
        var parameters = new Parameters(recipe.network());
        System.out.printf(
                "%d weights, recipe %s, seed %d, from %s, step %d of %d%n",
                parameters.size(),
                recipe.name(),
                run.seed(),
                run.origin(),
                state.step(),
                recipe.steps());
        var batches = new Batches(recipe, tokenizer);
        var progress =
                new Progress(
                        folder,
                        tokenizer,
                        batches,
                        Examination.lessons(WATCH, recipe.scoredLessons()));
        progress.backTo(state.step());
        var schedule = new Schedule(recipe, run.fresh());
        try (var feeder = feeder(run, schedule, new Batches(recipe, tokenizer), state.step());
                var learner = new Learner(parameters, state)) {
            learn(learner, progress, schedule, state, feeder, Math.min(until, recipe.steps()));
        }
    }

    /** The state to go on from, or a new one. */
    private TrainingState start() throws IOException {
        Path folder = request.folder();
        Optional<TrainingState> newest = TrainingState.newest(folder);
        if (newest.isPresent()) {
            newest.get().run().check(request);
            return newest.get();
        }
        Recipe recipe = Recipe.of(request.recipe() == null ? "tiny" : request.recipe());
        long seed = request.seed() == null ? 1 : request.seed();
        String origin = request.from() == null ? Run.RANDOM : Run.origin(request.from());
        Files.writeString(folder.resolve("recipe.json"), recipe.toJson());
        var parameters = new Parameters(recipe.network());
        return TrainingState.beginning(
                new Run(recipe, seed, origin),
                request.from() == null
                        ? parameters.initial(seed)
                        : CheckpointWeights.read(request.from(), parameters));
    }

    private void learn(
            Learner learner,
            Progress progress,
            Schedule schedule,
            TrainingState start,
            Feeder feeder,
            long last)
            throws IOException, InterruptedException {
        Recipe recipe = schedule.recipe();
        long begun = System.nanoTime();
        long saved = begun;
        var sum = new LossSum();
        long step = start.step();
        while (step < last && !stopping) {
            step++;
            float rate = schedule.rate(step);
            boolean stored = schedule.stored(step);
            Learner.Report report = learner.step(feeder.next(), rate, step, stored);
            if (!Float.isFinite(report.norm())) {
                throw new IllegalStateException("Step " + step + " has no finite gradient");
            }
            sum.add(report);
            long now = System.nanoTime();
            double seconds = start.seconds() + (now - begun) / 1e9;
            if (step % recipe.reportEvery() == 0) {
                progress.loss(step, seconds, sum.takeMean(), rate);
            }
            boolean score = step % recipe.scoreEvery() == 0;
            if (score || step == schedule.looking()) {
                progress.look(step, learner, stored);
            }
            if (score && step > schedule.looking()) {
                progress.score(step, learner, stored);
            }
            if (step == schedule.looking()) {
                learner.bringFeaturesTo(recipe.features(), progress.pictures());
            }
            boolean due = (now - saved) / 1_000_000_000L >= recipe.saveSeconds();
            if (due || step == last || stopping) {
                learner.state(step, seconds).save(request.folder());
                saved = System.nanoTime();
            }
        }
    }

    /** Saves and ends the training, and waits until that is done. */
    private void stop(Thread main) {
        stopping = true;
        try {
            main.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Feeder feeder(Run run, Schedule schedule, Batches batches, long from) {
        var lessons = new Lessons(Lessons.Split.TRAINING, run.seed());
        int batch = run.recipe().batch();
        return new Feeder(
                step ->
                        step < schedule.looking()
                                ? batches.ofPictures(pictures(lessons, step, batch))
                                : batches.of(lessons(lessons, step, batch, schedule)),
                from,
                run.recipe().steps());
    }

    private static List<Picture> pictures(Lessons lessons, long step, int count) {
        var pictures = new ArrayList<Picture>(count);
        for (int i = 0; pictures.size() < count; i++) {
            // Not the numbers of the lessons.
            Lesson lesson = lessons.lesson(-1 - i - step * count * TRIES, 1);
            lesson.picture().ifPresent(pictures::add);
        }
        return pictures;
    }

    private static List<Lesson> lessons(Lessons lessons, long step, int count, Schedule schedule) {
        var batch = new ArrayList<Lesson>(count);
        for (int i = 0; i < count; i++) {
            batch.add(lessons.lesson(step * count + i, schedule.progress(step)));
        }
        return batch;
    }

    private BpeTokenizer tokenizer(Run run) throws IOException {
        Path file = request.folder().resolve("tokenizer.json");
        if (Files.notExists(file) && request.from() != null) {
            Files.copy(request.from().resolve("tokenizer.json"), file);
        }
        if (Files.notExists(file)) {
            if (!run.fresh()) {
                throw new IllegalArgumentException(
                        "tokenizer.json of the checkpoint is no longer in "
                                + request.folder()
                                + ": copy it there");
            }
            var trainer = new BpeTrainer();
            var lessons = new Lessons(Lessons.Split.TRAINING, run.seed());
            for (int i = 0; i < run.recipe().tokenizerLessons(); i++) {
                Lesson lesson = lessons.lesson(i, 1);
                trainer.add(lesson.system());
                lesson.messages().forEach(message -> trainer.add(message.text()));
                trainer.add("user\nassistant\n" + lesson.reasoning() + "\n");
                trainer.add("\n" + lesson.answer());
            }
            trainer.train(run.recipe().network().vocabulary()).save(file);
        }
        return BpeTokenizer.load(file);
    }
}
