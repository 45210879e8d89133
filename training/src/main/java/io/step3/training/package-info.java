/**
 * How Step3-Tiny was trained: a differentiable Step3 written with DJL's NDArrays, the loop around
 * it, and the export.
 *
 * <p>{@link io.step3.training.TextTower} and {@link io.step3.training.VisionTower} are the network;
 * a test holds them against the golden files. {@link io.step3.training.Parameters} says where the
 * weights lie, {@link io.step3.training.Learner} takes batches and makes steps, {@link
 * io.step3.training.Train} is the program, {@link io.step3.training.Export} writes a checkpoint of
 * the published layout. What is learned is in {@link io.step3.training.lessons}.
 */
package io.step3.training;
