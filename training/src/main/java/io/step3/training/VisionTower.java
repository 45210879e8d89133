package io.step3.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import io.step3.image.Filter;
import io.step3.image.FloatResampler;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The vision tower: a post-norm ViT, two convolutions that halve the grid, and a projector to the
 * text's width.
 *
 * <p>The position embeddings are of the grid of a whole picture; for that of a crop they are
 * resized, as the engine does.
 */
final class VisionTower {

    /** The class token is repeated to this many rows, which are dropped after the last layer. */
    private static final int LEADING = 4;

    private final NetworkSizes config;
    private final NetworkSizes.Vision vision;
    private final Map<String, NDArray> weights;
    private final BiConsumer<String, NDArray> probe;

    VisionTower(
            NetworkSizes config, Map<String, NDArray> weights, BiConsumer<String, NDArray> probe) {
        this.config = config;
        this.vision = config.vision();
        this.weights = weights;
        this.probe = probe;
    }

    /**
     * The features of pictures.
     *
     * @param patches [N,grid*grid,3*patch*patch], see {@link io.step3.training.lessons.Pixels}
     * @return [N,features,H]
     */
    NDArray forward(NDArray patches) {
        long pictures = patches.getShape().get(0);
        long width = vision.width();
        int grid = (int) Math.round(Math.sqrt(patches.getShape().get(1)));
        String at = "vision_model.embeddings.";
        // A convolution whose stride is its size is a linear layer on the patches.
        NDArray kernel = weights.get(at + "patch_embedding.weight").reshape(width, -1);
        NDArray embedded =
                Linear.linear(patches, kernel, weights.get(at + "patch_embedding.bias"))
                        .singletonOrThrow();
        NDList positions = weights.get(at + "position_embedding.weight").split(new long[] {1}, 0);
        NDArray first = weights.get(at + "class_embedding").add(positions.get(0));
        first = first.reshape(1, 1, width).broadcast(new Shape(pictures, LEADING, width));
        NDArray squares = resized(positions.get(1), grid);
        NDArray stream = NDArrays.concat(new NDList(first, embedded.add(squares)), 1);
        probe.accept("vision.embedded", stream);
        for (int layer = 0; layer < vision.layers(); layer++) {
            at = "vision_model.transformer.layers." + layer + ".";
            stream = stream.add(norm(attention(at + "self_attn.", stream), at + "layer_norm1"));
            stream = stream.add(norm(mlp(at + "mlp.", stream), at + "layer_norm2"));
            probe.accept("vision.layer." + layer, stream);
        }
        NDArray map = stream.split(new long[] {LEADING}, 1).get(1);
        map = map.transpose(0, 2, 1).reshape(pictures, width, grid, grid);
        map = convolve(map, "vit_downsampler", config.projectorStride(), 0);
        probe.accept("vision.down1", map);
        map = convolve(map, "vit_downsampler2", 2, 1);
        probe.accept("vision.down2", map);
        NDArray features = map.reshape(pictures, 2L * vision.output(), -1).transpose(0, 2, 1);
        return linear(features, "vit_large_projector");
    }

    /** Position embeddings for a grid of this side; a resize is linear, so it is one product. */
    private NDArray resized(NDArray squares, int side) {
        int grid = vision.grid();
        if (side == grid) {
            return squares;
        }
        int all = grid * grid;
        var identity = new float[all * all];
        for (int i = 0; i < all; i++) {
            identity[i * all + i] = 1;
        }
        float[] resize =
                FloatResampler.resizeGrid(identity, grid, grid, all, side, side, Filter.BICUBIC);
        return squares.getManager()
                .create(resize, new Shape((long) side * side, all))
                .matMul(squares);
    }

    private NDArray attention(String at, NDArray x) {
        long pictures = x.getShape().get(0);
        long rows = x.getShape().get(1);
        long heads = vision.heads();
        long dim = vision.width() / heads;
        // One copy brings q, k and v of all heads into the order of the batched products.
        NDArray qkv =
                linear(x, at + "qkv_proj")
                        .reshape(pictures, rows, 3, heads, dim)
                        .transpose(2, 0, 3, 1, 4)
                        .reshape(3, pictures * heads, rows, dim);
        NDList parts = qkv.split(3, 0);
        NDArray query = parts.get(0).squeeze(0).mul(constant(x, (float) (1 / Math.sqrt(dim))));
        NDArray key = parts.get(1).squeeze(0);
        NDArray value = parts.get(2).squeeze(0);
        NDArray read = query.matMul(key.transpose(0, 2, 1)).softmax(2).matMul(value);
        read = read.reshape(pictures, heads, rows, dim).transpose(0, 2, 1, 3);
        return linear(read.reshape(pictures, rows, vision.width()), at + "out_proj");
    }

    private NDArray mlp(String at, NDArray x) {
        NDArray inner = linear(x, at + "fc1");
        NDArray quickGelu = Activation.sigmoid(inner.mul(constant(x, 1.702f))).mul(inner);
        return linear(quickGelu, at + "fc2");
    }

    /**
     * A factor that lives as long as the scope. {@code mul(Number)} frees its number at once, while
     * the backward pass still reads it.
     */
    private static NDArray constant(NDArray like, float value) {
        return like.getManager().create(value);
    }

    private NDArray convolve(NDArray map, String name, long stride, long padding) {
        return Conv2d.conv2d(
                        map,
                        weights.get(name + ".weight"),
                        weights.get(name + ".bias"),
                        new Shape(stride, stride),
                        new Shape(padding, padding),
                        new Shape(1, 1),
                        1)
                .singletonOrThrow();
    }

    private NDArray linear(NDArray x, String name) {
        return Linear.linear(x, weights.get(name + ".weight"), weights.get(name + ".bias"))
                .singletonOrThrow();
    }

    private NDArray norm(NDArray x, String name) {
        return LayerNorm.layerNorm(
                        x,
                        new Shape(vision.width()),
                        weights.get(name + ".weight"),
                        weights.get(name + ".bias"),
                        vision.eps())
                .singletonOrThrow();
    }
}
