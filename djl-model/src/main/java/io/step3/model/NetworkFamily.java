package io.step3.model;

import io.step3.checkpoint.ModelType;
import java.lang.foreign.Arena;
import java.util.Optional;

/**
 * How the networks of some kinds of checkpoint are put together: which tensors, which attention,
 * which router. Another family is a constant of {@link ModelType}, an implementation of this, and a
 * line in {@link #of}.
 */
interface NetworkFamily {

    /** The family that checkpoints of a type belong to. */
    static NetworkFamily of(ModelType type) {
        return switch (type) {
            case STEP3_VL, STEP3_TEXT -> new Step3Family();
        };
    }

    /**
     * Binds the decoder.
     *
     * @param arena owner of what is computed once
     */
    TextModel text(Arena arena, Binder binder, LoadProgress progress);

    /**
     * Binds the vision tower, if the checkpoint has one.
     *
     * @param arena owner of what is computed once
     */
    Optional<VisionTower> vision(Arena arena, Binder binder);
}
