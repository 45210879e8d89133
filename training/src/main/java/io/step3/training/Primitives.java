package io.step3.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** The operations of a network at its sizes, for a short sequence and one picture. */
final class Primitives {

    /** Tokens of the sequence; of no even number, as lengths are. */
    private static final int TOKENS = 61;

    private Primitives() {}

    static List<Primitive> of(NetworkSizes config) {
        NetworkSizes.Vision vision = config.vision();
        int grid = vision.grid();
        int patches = grid * grid;
        int hidden = config.hidden();
        int dim = config.headDim();
        int stride = config.projectorStride();
        int down = (grid - 2) / stride + 1;
        var all = new ArrayList<Primitive>();
        all.add(linear(TOKENS, hidden, config.queryRank() + 2 * dim, false));
        all.add(linear(TOKENS, hidden, config.vocabulary(), false));
        all.add(linear(TOKENS, config.expert(), hidden, false));
        all.add(linear(patches, 3 * vision.patch() * vision.patch(), vision.width(), true));
        all.add(product(3, TOKENS * config.heads(), dim, TOKENS));
        all.add(product(3, patches, vision.width() / vision.heads(), patches));
        all.add(softmax(TOKENS * config.heads(), TOKENS));
        all.add(logSoftmax(TOKENS, config.vocabulary()));
        all.add(layerNorm(patches, vision.width(), vision.eps()));
        all.add(rmsNorm(TOKENS, hidden, config.rmsEps()));
        all.add(convolution(vision.width(), vision.output(), grid, 2, stride, 0));
        all.add(convolution(vision.output(), 2 * vision.output(), down, 3, 2, 1));
        all.add(gate("SiLU gate", TOKENS, config.expert(), 1));
        all.add(gate("quick GELU", patches, vision.mlp(), 1.702f));
        all.add(embedding(config.vocabulary(), hidden));
        all.add(gather(TOKENS, hidden));
        return all;
    }

    private static Primitive linear(int rows, int in, int out, boolean bias) {
        List<Shape> shapes =
                bias
                        ? List.of(new Shape(rows, in), new Shape(out, in), new Shape(out))
                        : List.of(new Shape(rows, in), new Shape(out, in));
        return new Primitive(
                "linear layer",
                shapes,
                x ->
                        bias
                                ? Linear.linear(x.get(0), x.get(1), x.get(2)).singletonOrThrow()
                                : Linear.linear(x.get(0), x.get(1)).singletonOrThrow(),
                x -> {
                    var y = new double[rows * out];
                    for (int r = 0; r < rows; r++) {
                        for (int o = 0; o < out; o++) {
                            double sum = bias ? x.get(2)[o] : 0;
                            for (int i = 0; i < in; i++) {
                                sum += x.get(0)[r * in + i] * x.get(1)[o * in + i];
                            }
                            y[r * out + o] = sum;
                        }
                    }
                    return y;
                });
    }

    /** Of [batch,rows,inner] with the transposed [batch,columns,inner]. */
    private static Primitive product(int batch, int rows, int inner, int columns) {
        return new Primitive(
                "batched product",
                List.of(new Shape(batch, rows, inner), new Shape(batch, columns, inner)),
                x -> x.get(0).matMul(x.get(1).transpose(0, 2, 1)),
                x -> {
                    var y = new double[batch * rows * columns];
                    for (int i = 0; i < y.length; i++) {
                        int row = i / columns;
                        int column = i / (rows * columns) * columns + i % columns;
                        for (int k = 0; k < inner; k++) {
                            y[i] += x.get(0)[row * inner + k] * x.get(1)[column * inner + k];
                        }
                    }
                    return y;
                });
    }

    private static Primitive softmax(int rows, int width) {
        return new Primitive(
                "softmax",
                List.of(new Shape(rows, width)),
                x -> x.get(0).softmax(1),
                x -> {
                    double[] y = logSoftmax(x.getFirst(), width);
                    for (int i = 0; i < y.length; i++) {
                        y[i] = Math.exp(y[i]);
                    }
                    return y;
                });
    }

    private static Primitive logSoftmax(int rows, int width) {
        return new Primitive(
                "log softmax",
                List.of(new Shape(rows, width)),
                x -> x.get(0).logSoftmax(1),
                x -> logSoftmax(x.getFirst(), width));
    }

    private static double[] logSoftmax(double[] x, int width) {
        var y = new double[x.length];
        for (int from = 0; from < x.length; from += width) {
            double sum = 0;
            for (int i = from; i < from + width; i++) {
                sum += Math.exp(x[i]);
            }
            for (int i = from; i < from + width; i++) {
                y[i] = x[i] - Math.log(sum);
            }
        }
        return y;
    }

    private static Primitive layerNorm(int rows, int width, float eps) {
        return new Primitive(
                "layer norm",
                List.of(new Shape(rows, width), new Shape(width), new Shape(width)),
                x ->
                        LayerNorm.layerNorm(x.get(0), new Shape(width), x.get(1), x.get(2), eps)
                                .singletonOrThrow(),
                x -> normed(x.get(0), x.get(1), x.get(2), eps, true));
    }

    private static Primitive rmsNorm(int rows, int width, float eps) {
        return new Primitive(
                "RMS norm",
                List.of(new Shape(rows, width), new Shape(width)),
                x -> {
                    NDArray root = x.get(0).square().mean(new int[] {1}, true).addi(eps).sqrt();
                    return x.get(0).div(root).mul(x.get(1));
                },
                x -> normed(x.get(0), x.get(1), new double[width], eps, false));
    }

    private static double[] normed(
            double[] x, double[] weight, double[] bias, float eps, boolean centred) {
        int width = weight.length;
        var y = new double[x.length];
        for (int from = 0; from < x.length; from += width) {
            double mean = 0;
            double square = 0;
            for (int i = from; centred && i < from + width; i++) {
                mean += x[i] / width;
            }
            for (int i = from; i < from + width; i++) {
                square += (x[i] - mean) * (x[i] - mean) / width;
            }
            for (int i = from; i < from + width; i++) {
                y[i] = (x[i] - mean) / Math.sqrt(square + eps) * weight[i - from] + bias[i - from];
            }
        }
        return y;
    }

    private static Primitive convolution(
            int in, int out, int side, int kernel, int stride, int padding) {
        int to = (side + 2 * padding - kernel) / stride + 1;
        return new Primitive(
                "convolution",
                List.of(
                        new Shape(1, in, side, side),
                        new Shape(out, in, kernel, kernel),
                        new Shape(out)),
                x ->
                        Conv2d.conv2d(
                                        x.get(0),
                                        x.get(1),
                                        x.get(2),
                                        new Shape(stride, stride),
                                        new Shape(padding, padding),
                                        new Shape(1, 1),
                                        1)
                                .singletonOrThrow(),
                x -> {
                    var y = new double[out * to * to];
                    for (int i = 0; i < y.length; i++) {
                        int channel = i / (to * to);
                        int top = i / to % to * stride - padding;
                        int left = i % to * stride - padding;
                        y[i] = x.get(2)[channel];
                        for (int k = 0; k < in * kernel * kernel; k++) {
                            int row = top + k / kernel % kernel;
                            int column = left + k % kernel;
                            if (row >= 0 && row < side && column >= 0 && column < side) {
                                int plane = k / (kernel * kernel);
                                y[i] +=
                                        x.get(0)[(plane * side + row) * side + column]
                                                * x.get(1)[channel * in * kernel * kernel + k];
                            }
                        }
                    }
                    return y;
                });
    }

    /** {@code sigmoid(steep * x) * x}. */
    private static Primitive gate(String name, int rows, int width, float steep) {
        DoubleUnaryOperator gate = x -> x / (1 + Math.exp(-steep * x));
        return new Primitive(
                name,
                List.of(new Shape(rows, width)),
                x -> {
                    NDArray factor = x.get(0).getManager().create(steep);
                    return Activation.sigmoid(x.get(0).mul(factor)).mul(x.get(0));
                },
                x -> java.util.Arrays.stream(x.getFirst()).map(gate).toArray());
    }

    /** Every third row of a table, some of them twice. */
    private static Primitive embedding(int rows, int width) {
        long[] ids = ids(rows);
        return new Primitive(
                "embedding",
                List.of(new Shape(rows, width)),
                x -> {
                    NDArray numbers = x.get(0).getManager().create(ids, new Shape(1, ids.length));
                    return Embedding.embedding(numbers, x.get(0), SparseFormat.DENSE)
                            .singletonOrThrow();
                },
                x -> rows(x.getFirst(), ids, width));
    }

    private static Primitive gather(int rows, int width) {
        long[] ids = ids(rows);
        return new Primitive(
                "gather",
                List.of(new Shape(rows, width)),
                x -> TextTower.rows(x.get(0), x.get(0).getManager().create(ids)),
                x -> rows(x.getFirst(), ids, width));
    }

    private static long[] ids(int rows) {
        var ids = new long[rows];
        for (int i = 0; i < rows; i++) {
            ids[i] = 3L * i % rows / 2;
        }
        return ids;
    }

    private static double[] rows(double[] table, long[] ids, int width) {
        var y = new double[ids.length * width];
        for (int i = 0; i < ids.length; i++) {
            System.arraycopy(table, (int) ids[i] * width, y, i * width, width);
        }
        return y;
    }
}
