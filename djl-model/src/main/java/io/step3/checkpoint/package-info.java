/**
 * A checkpoint on disk: the configuration, and the tensors by name.
 *
 * <p>Begin at {@link io.step3.checkpoint.Checkpoint}: it opens a folder in the layout of Hugging
 * Face, knows its {@link io.step3.checkpoint.Step3Config} and gives its {@link
 * io.step3.checkpoint.Tensors}, whose methods {@code weight}, {@code vector}, {@code convolution}
 * and {@code experts} check a tensor's shape and hand it out as the operations of {@code
 * io.step3.ops} take it. Nothing is copied: the files are mapped, and stay so until the checkpoint
 * is closed. {@link io.step3.checkpoint.Step3Tensor} is the table of all names and shapes, {@link
 * io.step3.checkpoint.ModelType} the list of the kinds of checkpoint that are known.
 *
 * <p>{@link io.step3.checkpoint.SafetensorsFile} and {@link io.step3.checkpoint.SafetensorsWriter}
 * know the file format and nothing of Step3. Files come from strangers: every size, offset, name
 * and number is checked before it is used, and what is wrong is said in one sentence, as a {@link
 * io.step3.checkpoint.CheckpointException}.
 */
@NullMarked
package io.step3.checkpoint;

import org.jspecify.annotations.NullMarked;
