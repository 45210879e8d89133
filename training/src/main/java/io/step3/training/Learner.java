package io.step3.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
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

    private static final float BALANCE = 0.01f;
    private static final float CLIP = 1;

    /**
     * Workers, each with whole micro-batches and one thread of PyTorch: no barrier after each
     * operation, which on a busy machine costs more than the operation.
     */
    private static final int WORKERS = 2;

    private static final float DECAY = 0.05f;

    private final Parameters parameters;
    private final Step3Network network;
    private final NDManager manager = NDManager.newBaseManager();
    private final NDArray weights;
    private final AdamW optimizer;
    private final StoredPrecision precision;
    private final List<NDArray> leaves = new ArrayList<>();
    private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);

    /**
     * What a step saw.
     *
     * @param loss mean cross-entropy of the answers' tokens
     * @param balance load-balancing loss, 1 at best
     * @param norm norm of the gradient
     */
    record Report(float loss, float balance, float norm) {}

    Learner(Step3Config config, Parameters parameters, TrainingState state) {
        this.parameters = parameters;
        network = new Step3Network(config);
        weights = manager.create(state.weights(), new Shape(parameters.size()));
        float[] decay = parameters.decayMask();
        for (int i = 0; i < decay.length; i++) {
            decay[i] *= DECAY;
        }
        optimizer =
                new AdamW(
                        manager, weights, state.first(), state.second(), decay, parameters.pace());
        precision = new StoredPrecision(parameters);
        for (int i = 0; i < WORKERS; i++) {
            // The same memory as a leaf of its own, so that each worker's gradient is its own too.
            NDArray leaf = weights.stopGradient();
            leaf.setRequiresGradient(true);
            leaves.add(leaf);
        }
    }

    /**
     * Learns from one batch.
     *
     * @param step number of this step, from 1
     * @param stored whether the pass sees the weights as the export will round them
     */
    Report step(List<MicroBatch> batch, float rate, long step, boolean stored) {
        long targets = batch.stream().mapToLong(part -> part.rows().length).sum();
        try (var scope = new NDScope();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            scope.suppressNotUsedWarning();
            NDArray rounding = stored ? rounding() : null;
            var work = new ArrayList<Future<float[]>>();
            for (int i = 0; i < WORKERS; i++) {
                NDArray leaf = leaves.get(i);
                List<MicroBatch> share = share(batch, i);
                work.add(workers.submit(() -> learn(share, leaf, rounding, collector, targets)));
            }
            float loss = 0;
            float balance = 0;
            for (Future<float[]> done : work) {
                loss += done.get()[0];
                balance += done.get()[1];
            }
            NDArray gradient = leaves.getFirst().getGradient();
            for (NDArray leaf : leaves.subList(1, WORKERS)) {
                gradient.addi(leaf.getGradient());
            }
            float norm = optimizer.step(gradient, rate, step, CLIP);
            leaves.forEach(leaf -> leaf.getGradient().muli(0));
            return new Report(loss, balance / parameters.moeLayers(), norm);
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
            long targets) {
        float loss = 0;
        float balance = 0;
        for (MicroBatch part : share) {
            try (var scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray used = rounding == null ? leaf : leaf.add(rounding);
                Step3Network.Pass pass =
                        network.forward(parameters.views(used), manager, part.sequences());
                NDArray logits = answers(pass, part);
                NDArray ids = manager.create(part.targets(), new Shape(part.targets().length, 1));
                // Factors are arrays: mul(Number) frees its number before the backward pass reads
                // it.
                NDArray entropy = logits.logSoftmax(1).gather(ids, 1).sum();
                entropy = entropy.mul(manager.create(-1f / targets));
                float weight = (float) part.rows().length / targets;
                NDArray balanced = pass.text().balance().mul(manager.create(weight));
                loss += entropy.getFloat();
                balance += balanced.getFloat();
                collector.backward(entropy.add(balanced.mul(manager.create(BALANCE))));
            }
        }
        return new float[] {loss, balance};
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

    /** The state to save after a step. */
    TrainingState state(long step, double seconds) {
        return new TrainingState(
                weights.toFloatArray(), optimizer.first(), optimizer.second(), step, seconds);
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
