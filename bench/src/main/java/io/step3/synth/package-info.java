/**
 * Random checkpoints of the published layout and widths: what cannot be downloaded, or not yet, can
 * be measured on one of its shape. {@link io.step3.synth.SyntheticModel} says which shape, {@link
 * io.step3.synth.SyntheticCheckpoint} writes it, {@link io.step3.synth.RandomWeights} is what is in
 * it.
 */
@NullMarked
package io.step3.synth;

import org.jspecify.annotations.NullMarked;
