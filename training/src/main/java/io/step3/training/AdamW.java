package io.step3.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019) on the flat vector of all weights,
 * with the gradient's norm clipped.
 */
final class AdamW implements AutoCloseable {

    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.98f;
    private static final float EPSILON = 1e-8f;

    private final NDManager manager;
    private final NDArray weights;
    private final NDArray first;
    private final NDArray second;
    private final NDArray decay;

    /**
     * An optimizer at some step of a training.
     *
     * @param weights changed in place
     * @param first first moments so far
     * @param second second moments so far
     * @param decay weight decay of each weight
     */
    AdamW(NDManager parent, NDArray weights, float[] first, float[] second, float[] decay) {
        this.manager = parent.newSubManager();
        this.weights = weights;
        this.first = manager.create(first, new Shape(first.length));
        this.second = manager.create(second, new Shape(second.length));
        this.decay = manager.create(decay, new Shape(decay.length));
    }

    /**
     * One step.
     *
     * @param gradient of the loss; spent afterwards
     * @param pace share of the learning rate of each weight
     * @param rate learning rate
     * @param step number of this step, from 1
     * @param clip largest norm of the gradient
     * @return the gradient's norm before clipping
     */
    float step(NDArray gradient, NDArray pace, float rate, long step, float clip) {
        try (var scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            float norm = (float) Math.sqrt(gradient.square().sum().getFloat());
            if (!Float.isFinite(norm)) {
                return norm;
            }
            if (norm > clip) {
                gradient.muli(clip / norm);
            }
            second.muli(BETA2).addi(gradient.square().muli(1 - BETA2));
            first.muli(BETA1).addi(gradient.muli(1 - BETA1));
            double correction1 = 1 - Math.pow(BETA1, step);
            double correction2 = 1 - Math.pow(BETA2, step);
            NDArray root = second.sqrt().addi((float) (EPSILON * Math.sqrt(correction2)));
            float scaled = (float) (rate * Math.sqrt(correction2) / correction1);
            weights.subi(weights.mul(decay).muli(pace).muli(rate));
            weights.subi(first.div(root).muli(pace).muli(scaled));
            return norm;
        }
    }

    float[] first() {
        return first.toFloatArray();
    }

    float[] second() {
        return second.toFloatArray();
    }

    @Override
    public void close() {
        manager.close();
    }
}
