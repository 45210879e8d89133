package io.step3.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The text layers, for whole sequences at once: pre-norm residual blocks of multi-matrix
 * factorization attention and a dense or expert feed forward.
 *
 * <p>Shapes: B sequences, T tokens, H hidden, n query heads of d, E experts, K experts of a token.
 */
final class TextTower {

    private final NetworkSizes config;
    private final Map<String, NDArray> weights;
    private final NDArray cos;
    private final NDArray sin;
    private final NDArray queryCos;
    private final NDArray querySin;
    private final NDArray mask;
    private final BiConsumer<String, NDArray> probe;
    private NDArray balance;

    /**
     * A tower for sequences of one length.
     *
     * @param weights views made by {@link Parameters#views}
     * @param probe told the stream after each layer, for comparisons
     */
    TextTower(
            NetworkSizes config,
            Map<String, NDArray> weights,
            NDManager manager,
            int length,
            BiConsumer<String, NDArray> probe) {
        this.config = config;
        this.weights = weights;
        this.probe = probe;
        int dim = config.headDim();
        int half = dim / 2;
        var cosines = new float[length * dim];
        var sines = new float[length * dim];
        for (int position = 0; position < length; position++) {
            for (int i = 0; i < half; i++) {
                // The published model computes the angles in float32.
                float frequency = (float) (1 / Math.pow(config.ropeTheta(), 2.0 * i / dim));
                float angle = position * frequency;
                cosines[position * dim + i] = (float) Math.cos(angle);
                cosines[position * dim + half + i] = (float) Math.cos(angle);
                sines[position * dim + i] = (float) -Math.sin(angle);
                sines[position * dim + half + i] = (float) Math.sin(angle);
            }
        }
        cos = manager.create(cosines, new Shape(length, 1, dim));
        sin = manager.create(sines, new Shape(length, 1, dim));
        // The scale of the scores, put where it costs nothing.
        queryCos = cos.div((float) Math.sqrt(dim));
        querySin = sin.div((float) Math.sqrt(dim));
        var future = new float[length * length];
        for (int row = 0; row < length; row++) {
            for (int column = row + 1; column < length; column++) {
                future[row * length + column] = Float.NEGATIVE_INFINITY;
            }
        }
        mask = manager.create(future, new Shape(length, 1, length));
    }

    /**
     * Runs all layers.
     *
     * @param embedded [B,T,H]
     * @return the stream after the last layer [B,T,H], not yet normed
     */
    NDArray forward(NDArray embedded) {
        NDArray stream = embedded;
        for (int layer = 0; layer < config.layers(); layer++) {
            String at = "model.layers." + layer + ".";
            stream = stream.add(attention(at + "self_attn.", rms(stream, at + "input_layernorm")));
            NDArray normed = rms(stream, at + "post_attention_layernorm");
            NDArray mixed =
                    config.moeLayers().contains(layer)
                            ? mixture(at, normed)
                            : feedForward(normed, at + "mlp.gate_up", at + "mlp.down_proj");
            stream = stream.add(mixed);
            probe.accept("layer." + layer, stream);
        }
        return stream;
    }

    /** Logits over the vocabulary, for rows of the stream [..,H]. */
    NDArray logits(NDArray rows) {
        return linear(rms(rows, "model.norm"), "lm_head.weight");
    }

    /**
     * The load-balancing loss of the last forward pass, summed over the MoE layers; 1 per layer
     * when all experts are used alike (Fedus et al., Switch Transformers, equation 4). Null without
     * MoE layers.
     */
    NDArray balance() {
        return balance;
    }

    /**
     * Multi-matrix factorization attention: a low-rank query, and one K and one V for all heads.
     */
    private NDArray attention(String at, NDArray x) {
        long batch = x.getShape().get(0);
        long length = x.getShape().get(1);
        long heads = config.heads();
        long dim = config.headDim();
        NDList low =
                linear(x, at + "qkv")
                        .split(new long[] {config.queryRank(), config.queryRank() + dim}, 2);
        NDArray query = linear(rms(low.get(0), at + "inter_norm"), at + "wq.weight");
        // All heads share K, so the heads of a token are just more rows: no transposition.
        query =
                rotate(query.reshape(batch, length, heads, dim), queryCos, querySin)
                        .reshape(batch, length * heads, dim);
        NDArray key =
                rotate(low.get(1).reshape(batch, length, 1, dim), cos, sin)
                        .reshape(batch, length, dim);
        NDArray scores = query.matMul(key.transpose(0, 2, 1));
        scores = scores.reshape(batch, length, heads, length).addi(mask).softmax(3);
        NDArray read = scores.reshape(batch, length * heads, length).matMul(low.get(2));
        return linear(read.reshape(batch, length, heads * dim), at + "o_proj.weight");
    }

    /** Rotary embedding in halves over the whole head, x [B,T,heads,d]. */
    private NDArray rotate(NDArray x, NDArray cos, NDArray sin) {
        long half = config.headDim() / 2;
        NDList halves = x.split(new long[] {half}, 3);
        NDArray swapped = NDArrays.concat(new NDList(halves.get(1), halves.get(0)), 3);
        return x.mul(cos).addi(swapped.mul(sin));
    }

    private NDArray feedForward(NDArray x, String gateUp, String down) {
        NDArray both = linear(x, gateUp);
        int last = both.getShape().dimension() - 1;
        NDList gateAndUp = both.split(2, last);
        NDArray gate = gateAndUp.get(0);
        return linear(Activation.sigmoid(gate).mul(gate).mul(gateAndUp.get(1)), down);
    }

    /** The chosen experts' weighted sum plus the shared expert. */
    private NDArray mixture(String at, NDArray x) {
        Shape shape = x.getShape();
        NDManager manager = x.getManager();
        NDArray rows = x.reshape(-1, config.hidden());
        int tokens = (int) rows.getShape().get(0);
        int k = config.expertsPerToken();
        NDArray probabilities = linear(rows, at + "moe.gate.weight").softmax(1);
        NDList best = probabilities.topK(k, 1, true, true);
        NDArray share = best.get(0);
        if (config.normalizeExperts()) {
            share = share.div(share.sum(new int[] {1}, true));
        }
        probe.accept(at + "router", best.get(1));

        // Sort (token, choice) pairs by expert, so that each expert sees its rows as one block.
        long[] chosen = best.get(1).toLongArray();
        var counts = new int[config.experts() + 1];
        for (long expert : chosen) {
            counts[(int) expert + 1]++;
        }
        for (int expert = 0; expert < config.experts(); expert++) {
            counts[expert + 1] += counts[expert];
        }
        var source = new long[chosen.length];
        var order = new long[chosen.length];
        var place = new long[chosen.length];
        int[] next = counts.clone();
        for (int pair = 0; pair < chosen.length; pair++) {
            int at2 = next[(int) chosen[pair]]++;
            order[at2] = pair;
            source[at2] = pair / k;
            place[pair] = at2;
        }
        NDArray sorted = rows(rows, manager.create(source));
        NDArray sortedShare = rows(share.reshape(-1, 1), manager.create(order));
        // One split, not a slice for each expert: its backward is one concatenation.
        NDList blocks = sorted.split(inner(counts), 0);
        var outputs = new NDList(config.experts());
        for (int expert = 0; expert < config.experts(); expert++) {
            outputs.add(
                    feedForward(
                            blocks.get(expert),
                            at + "moe.gate_up." + expert,
                            at + "moe.down_proj." + expert));
        }
        NDArray routed = NDArrays.concat(outputs, 0).mul(sortedShare);
        routed = rows(routed, manager.create(place));
        routed = routed.reshape(tokens, k, config.hidden()).sum(new int[] {1});
        addBalance(manager, probabilities, counts, chosen.length);
        NDArray shared =
                feedForward(rows, at + "share_expert.gate_up", at + "share_expert.down_proj");
        return routed.addi(shared).reshape(shape);
    }

    private static long[] inner(int[] counts) {
        var cuts = new long[counts.length - 2];
        for (int expert = 1; expert < counts.length - 1; expert++) {
            cuts[expert - 1] = counts[expert];
        }
        return cuts;
    }

    private void addBalance(NDManager manager, NDArray probabilities, int[] counts, int pairs) {
        var used = new float[config.experts()];
        for (int expert = 0; expert < used.length; expert++) {
            used[expert] = (counts[expert + 1] - counts[expert]) * (float) used.length / pairs;
        }
        NDArray loss = probabilities.mean(new int[] {0}).mul(manager.create(used)).sum();
        balance = balance == null ? loss : balance.add(loss);
    }

    /** Rows of a matrix by number. */
    static NDArray rows(NDArray matrix, NDArray numbers) {
        long width = matrix.getShape().get(1);
        NDArray index = numbers.toType(DataType.INT64, false).reshape(-1, 1);
        return matrix.gather(index.broadcast(index.getShape().get(0), width), 0);
    }

    private NDArray linear(NDArray x, String weight) {
        return Linear.linear(x, weights.get(weight)).singletonOrThrow();
    }

    private NDArray rms(NDArray x, String norm) {
        int last = x.getShape().dimension() - 1;
        NDArray root = x.square().mean(new int[] {last}, true).addi(config.rmsEps()).sqrt();
        return x.div(root).mul(weights.get(norm + ".weight"));
    }
}
