package io.step3.model;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.Step3Config;
import io.step3.checkpoint.Step3Tensor;
import io.step3.checkpoint.Tensors;
import io.step3.ops.Backend;
import io.step3.ops.Matrix;
import java.util.List;

/**
 * Gives the tensors of {@link Step3Tensor} as the operations take them, with the shapes that the
 * checkpoint's configuration asks for. Its methods throw {@link
 * io.step3.checkpoint.CheckpointException} where a tensor is missing or of another shape or type.
 *
 * @param backends what holds them
 * @param placement which of them holds what
 * @param activations precision of the inputs of fp8 layers
 */
record Binder(
        Checkpoint checkpoint, Backends backends, Placement placement, Activations activations) {

    Step3Config config() {
        return checkpoint.config();
    }

    Tensors tensors() {
        return checkpoint.tensors();
    }

    /** What a tensor is to be computed with. */
    private Backend backend(Step3Tensor tensor, int layer) {
        return backends.at(placement.of(tensor, layer));
    }

    /** A matrix of no layer. */
    Matrix matrix(Step3Tensor tensor) {
        return matrix(tensor, 0);
    }

    Matrix matrix(Step3Tensor tensor, int layer) {
        return matrix(tensor, layer, backend(tensor, layer));
    }

    private Matrix matrix(Step3Tensor tensor, int layer, Backend backend) {
        List<Long> shape = tensor.shape(config());
        return backend.hold(tensors().weight(tensor.name(layer), shape.get(0), shape.get(1)));
    }

    /** The embedding once more, as the head, where that lies elsewhere. */
    Matrix tiedHead() {
        return matrix(Step3Tensor.EMBEDDING, 0, backends.at(placement.head()));
    }

    /** A matrix that is applied to activations. */
    Linear linear(Step3Tensor tensor, int layer) {
        return new Linear(placement.of(tensor, layer), matrix(tensor, layer), activations);
    }

    /** A vector of no layer. */
    Matrix vector(Step3Tensor tensor) {
        return vector(tensor, 0);
    }

    Matrix vector(Step3Tensor tensor, int layer) {
        return backend(tensor, layer)
                .hold(tensors().vector(tensor.name(layer), tensor.shape(config()).getFirst()));
    }

    /** The kernels of a convolution, as a matrix with one row an output. */
    Matrix convolution(Step3Tensor tensor) {
        List<Long> shape = tensor.shape(config());
        return backend(tensor, 0)
                .hold(
                        tensors()
                                .convolution(
                                        tensor.name(0),
                                        shape.get(0),
                                        shape.get(1),
                                        shape.get(2),
                                        shape.get(3)));
    }

    /** The stacked matrices of a layer's experts. */
    Matrix experts(Step3Tensor tensor, int layer) {
        List<Long> shape = tensor.shape(config());
        return backend(tensor, layer)
                .hold(
                        tensors()
                                .experts(
                                        tensor.name(layer),
                                        Math.toIntExact(shape.get(0)),
                                        shape.get(1),
                                        shape.get(2)));
    }
}
