/**
 * Pictures: from the bytes of a file to what the network and the prompt need.
 *
 * <p>A picture takes this way, one class a step:
 *
 * <ol>
 *   <li>{@link io.step3.image.ImageDecoder}: bytes of a PNG, JPEG, GIF, BMP or WebP file to an
 *       {@link io.step3.image.RgbImage}. The file is hostile until checked: its container is walked
 *       by our own code (one {@code XxxFile} a format), {@link io.step3.image.ImageLimits} are
 *       applied to what its header says, and only then a library decodes a copy that holds nothing
 *       but the pixels.
 *   <li>{@link io.step3.image.ImagePlan}: from the size alone, how the picture is padded, shrunk
 *       and cut into windows, and so how many tokens it will be ({@link
 *       io.step3.image.ImageTokens}).
 *   <li>{@code ImageViews}: the plan carried out on bytes, with {@code PillowResampler}, which is
 *       Pillow's arithmetic to the bit, since that is what the model saw in training.
 *   <li>{@link io.step3.image.ImageProcessor}: the views as normalised floats of the size that the
 *       vision tower takes, with {@link io.step3.image.FloatResampler}, which also serves the
 *       tower's position embeddings.
 * </ol>
 *
 * <p>The rule is written down in {@code tests/golden/README.md}, under "Pictures". Nothing here
 * depends on another package of the project.
 */
package io.step3.image;
