/**
 * Pictures: from the bytes of a file to what the network and the prompt need.
 *
 * <p>A picture takes this way, one class a step:
 *
 * <ol>
 *   <li>{@link io.step3.image.ImageDecoder}: bytes of a PNG, JPEG, GIF, BMP or WebP file to an
 *       {@link io.step3.image.RgbImage}. The file is hostile until checked: its container is walked
 *       by our own code (one {@code XxxFile} a format), {@link io.step3.image.ImageLimits} are
 *       applied to what its header says, and only then the pixels are decoded, by the JDK (JPEG and
 *       GIF, which see nothing but the pixels) or by our own code (the rest). Rows go into {@code
 *       UprightRows}, which turns the picture and makes it small as it comes.
 *   <li>{@link io.step3.image.ImagePlan}: from the size alone, how the picture is padded, shrunk
 *       and cut into windows, and so how many tokens it will be ({@link
 *       io.step3.image.ImageTokens}).
 *   <li>{@code ImageViews}: the plan carried out on bytes, with {@code PillowResampler}. All
 *       resizing of bytes is Pillow's arithmetic to the bit, since that is what the model saw in
 *       training.
 *   <li>{@link io.step3.image.ImageProcessor}: the views as normalised floats of the size that the
 *       vision tower takes, with {@link io.step3.image.FloatResampler}, which also serves the
 *       tower's position embeddings.
 * </ol>
 *
 * <p>A picture of a conversation is a {@link io.step3.image.PlannedImage}: known by its content and
 * plan, and decoded only when the vision tower has to encode it.
 *
 * <p>The rule is written down in {@code tests/golden/README.md}, under "Pictures". Nothing here
 * depends on another package of the project but {@code io.step3.image.webp}.
 */
@NullMarked
package io.step3.image;

import org.jspecify.annotations.NullMarked;
