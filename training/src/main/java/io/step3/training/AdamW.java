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

    private final NDManager manager;
    private final Recipe.Optimizer numbers;
    private final NDArray weights;
    private final NDArray first;
    private final NDArray second;
    private final NDArray decay;

    /**
     * An optimizer at some step of a training.
     *
     * @param numbers rates of the moments, and the largest norm of a gradient
     * @param weights changed in place
     * @param first first moments so far
     * @param second second moments so far
     * @param decay weight decay of each weight
     */
    AdamW(
            NDManager parent,
            Recipe.Optimizer numbers,
            NDArray weights,
            float[] first,
            float[] second,
            float[] decay) {
        this.numbers = numbers;
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
     * @return the gradient's norm before clipping
     */
    float step(NDArray gradient, NDArray pace, float rate, long step) {
        try (var scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            float norm = (float) Math.sqrt(gradient.square().sum().getFloat());
            if (!Float.isFinite(norm)) {
                return norm;
            }
            if (norm > numbers.clip()) {
                gradient.muli(numbers.clip() / norm);
            }
            float beta1 = numbers.beta1();
            float beta2 = numbers.beta2();
            second.muli(beta2).addi(gradient.square().muli(1 - beta2));
            first.muli(beta1).addi(gradient.muli(1 - beta1));
            double correction1 = 1 - Math.pow(beta1, step);
            double correction2 = 1 - Math.pow(beta2, step);
            NDArray root = second.sqrt().addi((float) (numbers.epsilon() * Math.sqrt(correction2)));
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
