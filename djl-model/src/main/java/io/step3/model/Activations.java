package io.step3.model;

/** The precision in which the inputs of block-fp8 layers are used. */
public enum Activations {
    /** Weight only: weights are multiplied out exactly, activations stay float32. The default. */
    FLOAT32(0),
    /**
     * W8A8, as the published model is served on data-centre GPUs: the input of every fp8 layer is
     * rounded to e4m3 per token and 128 neighbouring values. Less exact; it exists to reproduce
     * what such servers compute.
     */
    FP8(128);

    private final int group;

    Activations(int group) {
        this.group = group;
    }

    /** Neighbouring values that share a scale; 0 where activations are not quantised. */
    int group() {
        return group;
    }
}
