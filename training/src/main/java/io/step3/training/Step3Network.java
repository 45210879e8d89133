package io.step3.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The whole network, from tokens and pictures to logits. Everything it makes belongs to the
 * surrounding {@code NDScope}.
 */
final class Step3Network {

    private final NetworkSizes config;

    Step3Network(NetworkSizes config) {
        this.config = config;
    }

    /**
     * What one pass computes.
     *
     * @param stream after the last layer [B*T,H]
     * @param features of the pictures [N,features,H], or null without any
     * @param text the tower that made it, for {@link TextTower#logits} and {@link
     *     TextTower#balance}
     */
    record Pass(NDArray stream, NDArray features, TextTower text) {}

    /** Runs sequences through the network. */
    Pass forward(Map<String, NDArray> weights, NDManager manager, Sequences sequences) {
        return forward(weights, manager, sequences, (name, value) -> {});
    }

    /**
     * Runs sequences through the network.
     *
     * @param probe told intermediate values by name, for comparisons
     */
    Pass forward(
            Map<String, NDArray> weights,
            NDManager manager,
            Sequences sequences,
            BiConsumer<String, NDArray> probe) {
        NDArray table = weights.get("model.embed_tokens.weight");
        NDArray features = null;
        if (sequences.pictures() > 0) {
            features = features(weights, manager, sequences, probe);
            // The features continue the table: rows beyond the vocabulary are picture rows.
            var tables = new NDList(table, features.reshape(-1, config.hidden()));
            if (sequences.crops() > 0) {
                NDArray crops = crops(weights, manager, sequences, probe);
                tables.add(crops.reshape(-1, config.hidden()));
            }
            table = NDArrays.concat(tables, 0);
        }
        NDArray ids =
                manager.create(sequences.rows(), new Shape(sequences.count(), sequences.length()));
        NDArray embedded = Embedding.embedding(ids, table, SparseFormat.DENSE).singletonOrThrow();
        probe.accept("embedded", embedded);
        var text = new TextTower(config, weights, manager, sequences.length(), probe);
        NDArray stream = text.forward(embedded).reshape(-1, config.hidden());
        return new Pass(stream, features, text);
    }

    /** Only what the pictures become [N,features,H]. */
    NDArray features(Map<String, NDArray> weights, NDManager manager, Sequences sequences) {
        return features(weights, manager, sequences, (name, value) -> {});
    }

    private NDArray features(
            Map<String, NDArray> weights,
            NDManager manager,
            Sequences sequences,
            BiConsumer<String, NDArray> probe) {
        NDArray pixels = pixels(manager, sequences.pictures(), sequences.patches());
        NDArray features = new VisionTower(config, weights, probe).forward(pixels);
        probe.accept("vision.features", features);
        return features;
    }

    private NDArray crops(
            Map<String, NDArray> weights,
            NDManager manager,
            Sequences sequences,
            BiConsumer<String, NDArray> probe) {
        NDArray pixels = pixels(manager, sequences.crops(), sequences.cropPatches());
        NDArray features = new VisionTower(config, weights, (name, value) -> {}).forward(pixels);
        probe.accept("vision.crops.features", features);
        return features;
    }

    /** [N,patches,3*patch*patch]. */
    private NDArray pixels(NDManager manager, int count, float[] patches) {
        long values = 3L * config.vision().patch() * config.vision().patch();
        long each = patches.length / values / count;
        return manager.create(patches, new Shape(count, each, values));
    }
}
