package io.step3.model;

import io.step3.checkpoint.Step3Tensor;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What of a network lies together, at one place or the other. The constants stand in the order in
 * which a device is filled: what every token reads comes before what few of them do.
 */
public enum TensorClass {
    /** Keys and values of all sequences, and attention over them. */
    CACHE,
    /** Attention's projections, all norms of the layers, the routers; with them the stream. */
    ATTENTION,
    /** The experts that every token passes. */
    SHARED,
    /** Last norm and head. */
    HEAD,
    /** The feed-forward of layers without experts. */
    DENSE,
    /** The vision tower. */
    VISION,
    /** The routed experts; each layer's for itself. */
    ROUTED,
    /** The embedding, of which a token reads a single row. */
    EMBEDDING;

    /** The class of a tensor. */
    static TensorClass of(Step3Tensor tensor) {
        return switch (tensor.part()) {
            case VISION_TOWER, VISION_LAYERS -> VISION;
            case TEXT -> tensor == Step3Tensor.EMBEDDING ? EMBEDDING : HEAD;
            case DENSE_LAYERS -> DENSE;
            case LAYERS -> ATTENTION;
            case MOE_LAYERS ->
                    switch (tensor) {
                        case ROUTER -> ATTENTION;
                        case SHARED_GATE, SHARED_UP, SHARED_DOWN -> SHARED;
                        default -> ROUTED;
                    };
        };
    }

    /** The class that people call so. */
    static Optional<TensorClass> labelled(String label) {
        return Arrays.stream(values()).filter(c -> c.label().equals(label)).findFirst();
    }

    /** What people call it: {@code cache}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
