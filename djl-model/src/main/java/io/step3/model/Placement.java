package io.step3.model;

import io.step3.checkpoint.Step3Tensor;
import io.step3.checkpoint.TextConfig;
import java.util.Collections;
import java.util.List;

/**
 * Where the parts of a network lie, by class of tensor. Each is computed where its weights are, and
 * activations cross where two neighbours lie apart.
 *
 * @param attention attention's projections of all layers, the norms, the routers, and with them the
 *     residual stream
 * @param cache keys and values of all sequences, and attention over them
 * @param shared the experts that every token passes
 * @param dense the feed-forward of layers without experts
 * @param routed the routed experts of each layer, from layer 0; of no account for dense layers
 * @param vision the vision tower
 * @param head embedding, last norm and head
 */
public record Placement(
        Where attention,
        Where cache,
        Where shared,
        Where dense,
        List<Where> routed,
        Where vision,
        Where head) {

    /** Copies the list. */
    public Placement {
        routed = List.copyOf(routed);
    }

    /** Everything at one place. */
    public static Placement all(Where where, TextConfig config) {
        List<Where> routed = Collections.nCopies(config.numHiddenLayers(), where);
        return new Placement(where, where, where, where, routed, where, where);
    }

    /** Where a tensor lies. */
    public Where of(Step3Tensor tensor, int layer) {
        return switch (tensor.part()) {
            case VISION_TOWER, VISION_LAYERS -> vision;
            case TEXT -> head;
            case DENSE_LAYERS -> dense;
            case LAYERS -> attention;
            case MOE_LAYERS ->
                    switch (tensor) {
                        case ROUTER -> attention;
                        case SHARED_GATE, SHARED_UP, SHARED_DOWN -> shared;
                        default -> routed.get(layer);
                    };
        };
    }

    /** Whether the decoder, without the vision tower, has a part there. */
    boolean decodes(Where where) {
        return attention == where
                || cache == where
                || shared == where
                || dense == where
                || routed.contains(where)
                || head == where;
    }
}
