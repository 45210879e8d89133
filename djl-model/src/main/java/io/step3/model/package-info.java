/**
 * The network of Step3, from token ids and pixels to logits.
 *
 * <p>{@link io.step3.model.Step3Model} binds a checkpoint to kernels. It holds a {@link
 * io.step3.model.TextModel} of {@link io.step3.model.DecoderLayer}s, each an {@link
 * io.step3.model.MfaAttention} and a {@link io.step3.model.FeedForward}, and, where the checkpoint
 * can see, a {@link io.step3.model.VisionTower}. A {@link io.step3.model.Session} is one sequence:
 * its {@link io.step3.model.KvCache} and its working memory. Any number of sessions share the
 * weights of a model.
 *
 * <p>Nothing here knows of text, sampling or DJL. Activations are float32 in native memory, weights
 * stay as they lie in the checkpoint; every number is computed by {@link io.step3.ops.Kernels}.
 */
package io.step3.model;
