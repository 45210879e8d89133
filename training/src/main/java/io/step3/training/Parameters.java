package io.step3.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.step3.training.lessons.Landmark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Where each weight lies in one flat vector.
 *
 * <p>All weights are one leaf of the gradient graph: one split makes the views, its backward is one
 * concatenation, and the optimizer is a dozen operations on one vector instead of thousands on
 * small ones. Matrices that are applied to the same input (gate and up; query, key and value) lie
 * below each other and are multiplied at once; {@link Part} keeps the names they have in a
 * checkpoint.
 */
final class Parameters {

    /** How a weight starts, and whether it decays. */
    enum Start {
        /** Normal with 1/sqrt(inputs) times a gain. */
        MATRIX,
        /** As {@link #MATRIX}, smaller: it writes into a residual stream. */
        RESIDUAL,
        /** Small normal. */
        TABLE,
        ONES,
        ZEROS,
        /** Sines and cosines of row and column: neighbours start out alike. */
        GRID
    }

    /**
     * A checkpoint tensor, or one expert of a stacked one.
     *
     * @param name name in the checkpoint
     * @param expert the expert, or -1
     * @param shape shape, without the experts' dimension
     * @param offset first element in the flat vector
     */
    record Part(String name, int expert, Shape shape, long offset) {}

    /** A view that the network uses. */
    private record Piece(String name, Shape shape, long offset, Start start) {}

    /** The training's own layer, which no checkpoint has. */
    static final String LANDMARKS = "landmarks";

    private final List<Piece> pieces = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>();
    private final NetworkSizes config;
    private long size;

    Parameters(NetworkSizes config) {
        this.config = config;
        long hidden = config.hidden();
        add("model.embed_tokens.weight", Start.TABLE, config.vocabulary(), hidden);
        for (int layer = 0; layer < config.layers(); layer++) {
            String at = "model.layers." + layer + ".";
            add(at + "input_layernorm.weight", Start.ONES, hidden);
            long query = (long) config.heads() * config.headDim();
            stack(
                    at + "self_attn.qkv",
                    Start.MATRIX,
                    hidden,
                    -1,
                    new String[] {
                        at + "self_attn.q_proj.weight",
                        at + "self_attn.k_proj.weight",
                        at + "self_attn.v_proj.weight"
                    },
                    config.queryRank(),
                    config.headDim(),
                    config.headDim());
            add(at + "self_attn.inter_norm.weight", Start.ONES, config.queryRank());
            add(at + "self_attn.wq.weight", Start.MATRIX, query, config.queryRank());
            add(at + "self_attn.o_proj.weight", Start.RESIDUAL, hidden, query);
            add(at + "post_attention_layernorm.weight", Start.ONES, hidden);
            if (config.moeLayers().contains(layer)) {
                add(at + "moe.gate.weight", Start.MATRIX, config.experts(), hidden);
                for (int expert = 0; expert < config.experts(); expert++) {
                    feedForward(at + "moe.", expert, config.expert());
                }
                feedForward(at + "share_expert.", -1, config.sharedExpert());
            } else {
                feedForward(at + "mlp.", -1, config.dense());
            }
        }
        add("model.norm.weight", Start.ONES, hidden);
        add("lm_head.weight", Start.TABLE, config.vocabulary(), hidden);

        NetworkSizes.Vision vision = config.vision();
        long width = vision.width();
        String embeddings = "vision_model.embeddings.";
        long patches = (long) vision.grid() * vision.grid();
        add(embeddings + "class_embedding", Start.TABLE, 1, width);
        add(
                embeddings + "patch_embedding.weight",
                Start.MATRIX,
                width,
                3,
                vision.patch(),
                vision.patch());
        add(embeddings + "patch_embedding.bias", Start.ZEROS, width);
        add(embeddings + "position_embedding.weight", Start.GRID, patches + 1, width);
        for (int layer = 0; layer < vision.layers(); layer++) {
            String at = "vision_model.transformer.layers." + layer + ".";
            linear(at + "self_attn.qkv_proj", Start.MATRIX, 3 * width, width);
            linear(at + "self_attn.out_proj", Start.MATRIX, width, width);
            norm(at + "layer_norm1", width);
            linear(at + "mlp.fc1", Start.MATRIX, vision.mlp(), width);
            linear(at + "mlp.fc2", Start.MATRIX, width, vision.mlp());
            norm(at + "layer_norm2", width);
        }
        linear("vit_downsampler", Start.MATRIX, vision.output(), width, 2, 2);
        linear("vit_downsampler2", Start.MATRIX, 2L * vision.output(), vision.output(), 3, 3);
        linear("vit_large_projector", Start.RESIDUAL, hidden, 2L * vision.output());
        // Not of the network: it asks the picture's features what they stand for.
        own(LANDMARKS + ".weight", Start.MATRIX, Landmark.KINDS, hidden);
        own(LANDMARKS + ".bias", Start.ZEROS, Landmark.KINDS);
    }

    /** Number of weights. */
    long size() {
        return size;
    }

    /** Number of layers with experts. */
    int moeLayers() {
        return config.moeLayers().size();
    }

    /** All checkpoint tensors; the experts of a stacked tensor one after the other. */
    List<Part> parts() {
        return parts;
    }

    /** Cuts the flat vector into the views that the network uses, by name. */
    Map<String, NDArray> views(NDArray flat) {
        long[] cuts = pieces.stream().skip(1).mapToLong(Piece::offset).toArray();
        NDList list = flat.split(cuts);
        Map<String, NDArray> views = new LinkedHashMap<>();
        for (int i = 0; i < pieces.size(); i++) {
            views.put(pieces.get(i).name(), list.get(i).reshape(pieces.get(i).shape()));
        }
        return views;
    }

    /** Weights to start a training from. */
    float[] initial(long seed) {
        var random = new Random(seed);
        var flat = new float[Math.toIntExact(size)];
        // Each layer writes twice into the stream: their sum should stay of the order of one.
        double residual = 1 / Math.sqrt(2.0 * config.layers());
        for (Piece piece : pieces) {
            int from = (int) piece.offset();
            int to = from + (int) piece.shape().size();
            double inputs = piece.shape().size() / (double) piece.shape().get(0);
            double std =
                    switch (piece.start()) {
                        case MATRIX -> 0.7 / Math.sqrt(inputs);
                        case RESIDUAL -> 0.7 * residual / Math.sqrt(inputs);
                        case TABLE -> 0.03;
                        default -> 0;
                    };
            float constant =
                    switch (piece.start()) {
                        case ONES -> 1;
                        default -> 0;
                    };
            for (int i = from; i < to; i++) {
                flat[i] = std == 0 ? constant : (float) (std * random.nextGaussian());
            }
            if (piece.start() == Start.GRID) {
                grid(flat, from);
            }
        }
        return flat;
    }

    private void grid(float[] flat, int from) {
        int width = config.vision().width();
        int side = config.vision().grid();
        int quarter = width / 4;
        for (int patch = 0; patch < side * side; patch++) {
            for (int i = 0; i < width; i++) {
                int place = i / (2 * quarter) == 0 ? patch / side : patch % side;
                double angle = place * Math.pow(side, -(i % quarter) / (double) quarter);
                double wave = i / quarter % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
                flat[from + (patch + 1) * width + i] = (float) (0.3 * wave);
            }
        }
    }

    /** One for every weight that decays (matrices), zero for norms, biases and tables. */
    float[] decayMask() {
        var mask = new float[Math.toIntExact(size)];
        for (Piece piece : pieces) {
            if (piece.start() == Start.MATRIX || piece.start() == Start.RESIDUAL) {
                int from = (int) piece.offset();
                Arrays.fill(mask, from, from + (int) piece.shape().size(), 1);
            }
        }
        return mask;
    }

    /** Share of the learning rate of each weight while only pictures are shown. */
    float[] paceOfLooking() {
        return each(
                name ->
                        name.startsWith("vision_")
                                        || name.startsWith("vit_")
                                        || name.startsWith(LANDMARKS)
                                ? 1
                                : 0);
    }

    /**
     * Share of the learning rate of each weight in the lessons. The downsamplers and the projector
     * are linear maps in a row with no norm between them and up to 864 inputs each: at the full
     * rate their product grows without bound, until the features are hundreds of times the size of
     * what the text layers add to them, and those can no longer work on a picture's tokens.
     */
    float[] paceOfLessons() {
        return each(name -> name.startsWith("vit_") ? 0.1f : 1);
    }

    /**
     * Factors of all weights that together multiply the pictures' features by one number and what
     * reads them for landmarks by its inverse.
     */
    float[] featureScale(float factor) {
        return each(
                name -> {
                    if (name.startsWith("vit_large_projector")) {
                        return factor;
                    }
                    return name.equals(LANDMARKS + ".weight") ? 1 / factor : 1;
                });
    }

    private float[] each(ToDoubleFunction<String> value) {
        var values = new float[Math.toIntExact(size)];
        for (Piece piece : pieces) {
            int from = (int) piece.offset();
            int to = from + (int) piece.shape().size();
            Arrays.fill(values, from, to, (float) value.applyAsDouble(piece.name()));
        }
        return values;
    }

    private void feedForward(String at, int expert, long inner) {
        String suffix = expert < 0 ? "" : "." + expert;
        stack(
                at + "gate_up" + suffix,
                Start.MATRIX,
                config.hidden(),
                expert,
                new String[] {at + "gate_proj.weight", at + "up_proj.weight"},
                inner,
                inner);
        stack(
                at + "down_proj" + suffix,
                Start.RESIDUAL,
                inner,
                expert,
                new String[] {at + "down_proj.weight"},
                config.hidden());
    }

    private void linear(String name, Start start, long... shape) {
        add(name + ".weight", start, shape);
        add(name + ".bias", Start.ZEROS, shape[0]);
    }

    private void norm(String name, long width) {
        add(name + ".weight", Start.ONES, width);
        add(name + ".bias", Start.ZEROS, width);
    }

    private void add(String name, Start start, long... dimensions) {
        var shape = new Shape(dimensions);
        parts.add(new Part(name, -1, shape, size));
        own(name, start, dimensions);
    }

    private void own(String name, Start start, long... dimensions) {
        var shape = new Shape(dimensions);
        pieces.add(new Piece(name, shape, size, start));
        size += shape.size();
    }

    private void stack(
            String view, Start start, long columns, int expert, String[] names, long... rows) {
        long first = size;
        long total = 0;
        for (int i = 0; i < names.length; i++) {
            var shape = new Shape(rows[i], columns);
            parts.add(new Part(names[i], expert, shape, size));
            size += shape.size();
            total += rows[i];
        }
        pieces.add(new Piece(view, new Shape(total, columns), first, start));
    }
}
