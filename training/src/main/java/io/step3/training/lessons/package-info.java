/**
 * The lessons that Step3-Tiny learns and is examined in: questions, pictures, reasoning and
 * answers, all made from a seed.
 *
 * <p>{@link io.step3.training.lessons.Lessons} makes a lesson from a split, a seed and a number;
 * the same three always give the same lesson, and training and examination never share one. Each
 * other class makes one kind. Nothing here knows how the network is trained or run, so that an
 * examination can be held against any implementation.
 */
package io.step3.training.lessons;
