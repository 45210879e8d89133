package io.step3.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The network and its optimizer: takes batches, gives losses. PyTorch must be told to use one
 * thread.
 */
final class Learner implements AutoCloseable {

    /**
     * Workers, each with whole micro-batches and one thread of PyTorch: no barrier after each
     * operation, which on a busy machine costs more than the operation.
     */
    private static final int WORKERS = 2;

    private final Run run;
    private final Recipe recipe;
    private final Parameters parameters;
    private final Step3Network network;
    private final NDManager manager = NDManager.newBaseManager();
    private final NDArray weights;
    private final AdamW optimizer;
    private final NDArray looking;
    private final NDArray lessons;
    private final StoredPrecision precision;
    private final List<NDArray> leaves = new ArrayList<>();
    private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);

    /**
     * What a step saw.
     *
     * @param loss mean cross-entropy of the answers' tokens
     * @param look cross-entropy of what the features stand for, summed, by landmark
     * @param balance load-balancing loss, 1 at best
     * @param norm norm of the gradient
     */
    record Report(float loss, float look, float balance, float norm) {}

    Learner(Parameters parameters, TrainingState state) {
        run = state.run();
        recipe = run.recipe();
        this.parameters = parameters;
        network = new Step3Network(recipe.network());
        weights = manager.create(state.weights(), new Shape(parameters.size()));
        float[] decay = parameters.decayMask();
        for (int i = 0; i < decay.length; i++) {
            decay[i] *= recipe.optimizer().decay();
        }
        optimizer =
                new AdamW(
                        manager, recipe.optimizer(), weights, state.first(), state.second(), decay);
        looking = pace(parameters.paceOfLooking());
        lessons = pace(parameters.paceOfLessons());
        precision = new StoredPrecision(parameters);
        for (int i = 0; i < WORKERS; i++) {
            // The same memory as a leaf of its own, so that each worker's gradient is its own too.
            NDArray leaf = weights.stopGradient();
            leaf.setRequiresGradient(true);
            leaves.add(leaf);
        }
    }

    private NDArray pace(float[] shares) {
        return manager.create(shares, new Shape(shares.length));
    }

    /**
     * Learns from one batch: of lessons, or of pictures without words.
     *
     * @param step number of this step, from 1
     * @param stored whether the pass sees the weights as the export will round them
     */
    Report step(List<MicroBatch> batch, float rate, long step, boolean stored) {
        long targets = batch.stream().mapToLong(part -> part.rows().length).sum();
        long landmarks = batch.stream().mapToLong(MicroBatch::landmarks).sum();
        try (var scope = new NDScope();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            scope.suppressNotUsedWarning();
            NDArray rounding = stored ? rounding() : null;
            var work = new ArrayList<Future<float[]>>();
            for (int i = 0; i < WORKERS; i++) {
                NDArray leaf = leaves.get(i);
                List<MicroBatch> share = share(batch, i);
                work.add(
                        workers.submit(
                                () -> learn(share, leaf, rounding, collector, targets, landmarks)));
            }
            float loss = 0;
            float look = 0;
            float balance = 0;
            for (Future<float[]> done : work) {
                loss += done.get()[0];
                look += done.get()[1];
                balance += done.get()[2];
            }
            NDArray gradient = leaves.getFirst().getGradient();
            for (NDArray leaf : leaves.subList(1, WORKERS)) {
                gradient.addi(leaf.getGradient());
            }
            NDArray pace = targets == 0 ? looking : lessons;
            float norm = optimizer.step(gradient, pace, rate, step);
            leaves.forEach(leaf -> leaf.getGradient().muli(0));
            return new Report(loss, look, balance / parameters.moeLayers(), norm);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted in step " + step, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("Step " + step + " failed", e.getCause());
        }
    }

    /** Every second micro-batch, so that both workers have long and short ones. */
    private static List<MicroBatch> share(List<MicroBatch> batch, int worker) {
        var share = new ArrayList<MicroBatch>();
        for (int i = 0; i < batch.size(); i++) {
            // 0 1 1 0 0 1 1 0: sorted by length, the sums come out alike.
            if ((i + 1) / 2 % WORKERS == worker) {
                share.add(batch.get(i));
            }
        }
        return share;
    }

    private float[] learn(
            List<MicroBatch> share,
            NDArray leaf,
            NDArray rounding,
            GradientCollector collector,
            long targets,
            long landmarks) {
        float loss = 0;
        float look = 0;
        float balance = 0;
        for (MicroBatch part : share) {
            try (var scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray used = rounding == null ? leaf : leaf.add(rounding);
                Map<String, NDArray> views = parameters.views(used);
                if (part.rows().length == 0) {
                    NDArray features = network.features(views, manager, part.sequences());
                    NDArray seen = entropy(landmarks(views, features), part.kinds(), landmarks);
                    look += seen.getFloat();
                    collector.backward(seen);
                    continue;
                }
                Step3Network.Pass pass = network.forward(views, manager, part.sequences());
                NDArray entropy = entropy(answers(pass, part), part.targets(), targets);
                float weight = (float) part.rows().length / targets;
                NDArray balanced = pass.text().balance().mul(manager.create(weight));
                loss += entropy.getFloat();
                balance += balanced.getFloat();
                // Factors are arrays: mul(Number) frees its number before the backward pass reads
                // it.
                NDArray sum = entropy.add(balanced.mul(manager.create(recipe.balance())));
                if (pass.features() != null) {
                    NDArray logits = landmarks(views, pass.features());
                    NDArray seen = entropy(logits, part.kinds(), Math.max(1, landmarks));
                    look += seen.getFloat();
                    sum = sum.add(seen.mul(manager.create(recipe.look())));
                }
                collector.backward(sum);
            }
        }
        return new float[] {loss, look, balance};
    }

    /** The summed cross-entropy of rows of logits, by so many. */
    private NDArray entropy(NDArray logits, long[] wanted, long by) {
        NDArray ids = manager.create(wanted, new Shape(wanted.length, 1));
        return logits.logSoftmax(1).gather(ids, 1).sum().mul(manager.create(-1f / by));
    }

    /** What each feature is taken for [N*features,kinds]. */
    private static NDArray landmarks(Map<String, NDArray> views, NDArray features) {
        NDArray weight = views.get(Parameters.LANDMARKS + ".weight");
        NDArray rows = features.reshape(-1, weight.getShape().get(1));
        return Linear.linear(rows, weight, views.get(Parameters.LANDMARKS + ".bias"))
                .singletonOrThrow();
    }

    private NDArray rounding() {
        return manager.create(precision.rounding(weights.toFloatArray()), weights.getShape());
    }

    /**
     * The token that each target row finds likeliest, when all before it are given.
     *
     * @param stored as in {@link #step}
     */
    long[] likeliest(MicroBatch part, boolean stored) {
        try (var scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray used = stored ? weights.add(rounding()) : weights;
            Map<String, NDArray> views = parameters.views(used);
            Step3Network.Pass pass = network.forward(views, manager, part.sequences());
            return answers(pass, part).argMax(1).toLongArray();
        }
    }

    /**
     * What each feature of the pictures is most likely taken for.
     *
     * @param stored as in {@link #step}
     */
    long[] seen(MicroBatch part, boolean stored) {
        try (var scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray used = stored ? weights.add(rounding()) : weights;
            Map<String, NDArray> views = parameters.views(used);
            NDArray features = network.features(views, manager, part.sequences());
            return landmarks(views, features).argMax(1).toLongArray();
        }
    }

    /**
     * Scales the features of pictures, without a change in what can be read from them.
     *
     * @param part some pictures
     * @param size the root mean square that their features shall have
     */
    void bringFeaturesTo(float size, MicroBatch part) {
        try (var scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            Map<String, NDArray> views = parameters.views(weights);
            NDArray features = network.features(views, manager, part.sequences());
            float now = (float) Math.sqrt(features.square().mean().getFloat());
            weights.muli(manager.create(parameters.featureScale(size / now)));
        }
    }

    /** The state to save after a step. */
    TrainingState state(long step, double seconds) {
        return new TrainingState(
                run, weights.toFloatArray(), optimizer.first(), optimizer.second(), step, seconds);
    }

    private NDArray answers(Step3Network.Pass pass, MicroBatch part) {
        NDArray rows = TextTower.rows(pass.stream(), manager.create(part.rows()));
        return pass.text().logits(rows);
    }

    @Override
    public void close() {
        workers.shutdown();
        optimizer.close();
        manager.close();
    }
}
