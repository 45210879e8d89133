package io.step3.checkpoint;

import java.lang.foreign.MemorySegment;

/**
 * A tensor of a checkpoint, where it lies.
 *
 * @param info its name, dtype and shape
 * @param data its {@code info.bytes()} bytes, row-major and little-endian: a read-only view of the
 *     mapped file, often over 2 GB, of any alignment, valid until the checkpoint is closed
 */
public record Tensor(TensorInfo info, MemorySegment data) {}
