/**
 * The network of Step3, from token ids and pixels to logits.
 *
 * <p>{@link io.step3.model.Step3Model} binds a checkpoint to a backend. The {@link
 * io.step3.model.NetworkFamily} of the checkpoint's type puts together a {@link
 * io.step3.model.TextModel} of {@link io.step3.model.DecoderLayer}s, each an {@link
 * io.step3.model.Attention} and a {@link io.step3.model.FeedForward}, and, where the checkpoint can
 * see, a {@link io.step3.model.VisionTower}. All tensors come from the table {@link
 * io.step3.checkpoint.Step3Tensor}.
 *
 * <p>A {@link io.step3.model.Sequence} is what was read and written so far, with its {@link
 * io.step3.ops.KeyValues}. Its next tokens are a {@link io.step3.model.Span}; one forward pass, a
 * {@link io.step3.model.Pass}, computes the spans of any number of sequences together, in the one
 * {@link io.step3.model.Workspace} of the model. A {@link io.step3.model.Session} is a sequence
 * that computes by itself.
 *
 * <p>Two backends may share a network: its {@link io.step3.model.Placement} says which class of
 * tensor lies where, and a {@link io.step3.model.PlacementPlan} what fits a device. Activations
 * cross where neighbours lie apart; the layers do not know otherwise.
 *
 * <p>Nothing here knows of text, sampling or DJL. Activations are float32 in native memory, weights
 * stay as they lie in the checkpoint; every number is computed by {@link io.step3.ops.Stream}.
 */
@NullMarked
package io.step3.model;

import org.jspecify.annotations.NullMarked;
