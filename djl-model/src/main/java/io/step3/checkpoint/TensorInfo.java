package io.step3.checkpoint;

import java.nio.file.Path;
import java.util.List;

/**
 * What the header of a safetensors file says of a tensor, after it was checked: the bytes lie
 * within the file and are exactly as many as shape and dtype need, if the dtype is known.
 *
 * @param name as in the file
 * @param dtype how the elements are stored
 * @param shape outermost dimension first; empty for a scalar; a dimension may be 0
 * @param file where it lies
 * @param offset of its first byte, from the beginning of the file, of any alignment
 * @param bytes how many it takes
 */
public record TensorInfo(
        String name, DType dtype, List<Long> shape, Path file, long offset, long bytes) {

    /** Copies the shape. */
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** How many elements the tensor has. */
    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
