package io.step3.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.function.Function;

/**
 * A differentiable operation, and the same in doubles.
 *
 * @param name what a reader calls it
 * @param inputs their shapes
 * @param torch what PyTorch computes
 * @param reference the same, of the flattened inputs
 */
record Primitive(
        String name,
        List<Shape> inputs,
        Function<NDList, NDArray> torch,
        Function<List<double[]>, double[]> reference) {}
