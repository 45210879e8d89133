package io.step3.image;

import java.util.List;

/**
 * A picture as the vision tower takes it, normalised with CLIP's mean and standard deviation.
 * Features follow the tokens: those of the crops first, then those of the base.
 *
 * @param plan how the picture was cut
 * @param base [3, imageSize, imageSize]
 * @param crops {@code plan.crops()} of [3, patchSize, patchSize]
 */
public record ProcessedImage(ImagePlan plan, float[] base, List<float[]> crops) {}
