package io.step3.model;

/** Where the time of a generation goes. */
public enum Stage {
    /** The vision tower. */
    VISION,
    /** Attention of all layers, with its projections. */
    ATTENTION,
    /** Feed-forward of all layers: experts, shared experts and dense ones. */
    EXPERTS,
    /** The last norm and the logits. */
    HEAD,
    /** Choosing a token from its logits. */
    SAMPLING
}
