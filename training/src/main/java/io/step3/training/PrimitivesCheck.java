package io.step3.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Compares the operations that the network is made of, forward and backward and at its own sizes,
 * with the same in Java's doubles. On some processors PyTorch's kernels compute wrong numbers
 * without a word, and a training on them would go on for hours for nothing.
 *
 * <p>The gradient is compared along one random direction of all inputs, by central differences of
 * the double computation: no backward pass has to be written twice, and a wrong value anywhere
 * changes the sum.
 */
final class PrimitivesCheck {

    /** What the largest value may be off by, as a share: float32 is off by a hundredth of it. */
    private static final double TOLERANCE = 2e-4;

    /** Values that change from run to run are wrong in one of them. */
    private static final int ROUNDS = 2;

    private static final double STEP = 1e-5;

    private final List<Primitive> primitives;

    PrimitivesCheck(List<Primitive> primitives) {
        this.primitives = List.copyOf(primitives);
    }

    /** The operations of a network. */
    static PrimitivesCheck of(NetworkSizes config) {
        return new PrimitivesCheck(Primitives.of(config));
    }

    /**
     * Compares.
     *
     * @throws IllegalStateException if an operation is wrong, with its name and the remedy
     */
    void run() {
        for (int round = 0; round < ROUNDS; round++) {
            for (Primitive primitive : primitives) {
                check(primitive, new Random(round));
            }
        }
    }

    private static void check(Primitive primitive, Random random) {
        List<double[]> inputs = new ArrayList<>();
        List<double[]> direction = new ArrayList<>();
        for (var shape : primitive.inputs()) {
            inputs.add(gaussian(random, shape.size()));
            direction.add(gaussian(random, shape.size()));
        }
        double[] expected = primitive.reference().apply(inputs);
        double[] weights = gaussian(random, expected.length);
        double slope =
                (weighted(primitive, moved(inputs, direction, STEP), weights)
                                - weighted(primitive, moved(inputs, direction, -STEP), weights))
                        / (2 * STEP);
        try (NDManager manager = NDManager.newBaseManager();
                var scope = new NDScope();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            scope.suppressNotUsedWarning();
            var arrays = new NDList();
            for (int i = 0; i < inputs.size(); i++) {
                NDArray array = manager.create(floats(inputs.get(i)), primitive.inputs().get(i));
                array.setRequiresGradient(true);
                arrays.add(array);
            }
            NDArray output = primitive.torch().apply(arrays);
            compare(primitive, "values", expected, output.toFloatArray());
            NDArray factors = manager.create(floats(weights), output.getShape());
            collector.backward(output.mul(factors).sum());
            double along = 0;
            double squares = 0;
            for (int i = 0; i < arrays.size(); i++) {
                float[] gradient = arrays.get(i).getGradient().toFloatArray();
                for (int k = 0; k < gradient.length; k++) {
                    along += gradient[k] * direction.get(i)[k];
                    squares += (double) gradient[k] * gradient[k];
                }
            }
            fail(primitive, "gradient", Math.abs(along - slope), Math.sqrt(squares));
        }
    }

    private static void compare(
            Primitive primitive, String what, double[] expected, float[] actual) {
        double largest = 0;
        double off = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double here = Math.abs(expected[i] - actual[i]);
            off = Double.isNaN(here) ? Double.NaN : Math.max(off, here);
        }
        fail(primitive, what, off, largest);
    }

    private static void fail(Primitive primitive, String what, double off, double size) {
        // Not "off > ...", which NaN passes.
        if (!(off <= TOLERANCE * size)) {
            throw new IllegalStateException(
                    "PyTorch computes wrong %s of a %s on this processor (off by %.2g of %.2g): set the environment variable ONEDNN_MAX_CPU_ISA=AVX2, as ./step3 train does, and if it is set train on another machine"
                            .formatted(what, primitive.name(), off, size));
        }
    }

    private static double weighted(Primitive primitive, List<double[]> inputs, double[] weights) {
        double[] values = primitive.reference().apply(inputs);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * weights[i];
        }
        return sum;
    }

    private static List<double[]> moved(
            List<double[]> inputs, List<double[]> direction, double by) {
        var moved = new ArrayList<double[]>();
        for (int i = 0; i < inputs.size(); i++) {
            double[] values = inputs.get(i).clone();
            for (int k = 0; k < values.length; k++) {
                values[k] += by * direction.get(i)[k];
            }
            moved.add(values);
        }
        return moved;
    }

    /** Values that float32 holds exactly. */
    private static double[] gaussian(Random random, long count) {
        var values = new double[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] floats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
