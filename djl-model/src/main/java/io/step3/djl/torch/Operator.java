package io.step3.djl.torch;

/** An operator of PyTorch's: what it takes, what it refuses, and the shape of what it makes. */
sealed interface Operator permits MfaAttention, Fp8Linear, Fp8Moe {

    /** The namespace of all. */
    String NAMESPACE = "step3";

    /** Rows, and columns, of a weight that share a scale. */
    int BLOCK = 128;

    /** Without its namespace. */
    String name();

    /** Its arguments and results, in PyTorch's own language, without its namespace. */
    String schema();

    /** How many arguments are tensors: the first ones. */
    int tensors();

    /**
     * Computes.
     *
     * @throws IllegalArgumentException naming the argument that cannot be computed with
     */
    void run(Frame frame, DeviceKernels kernels);
}
