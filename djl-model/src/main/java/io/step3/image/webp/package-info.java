/**
 * The two bitstreams of WebP, read row by row so that a picture of any size takes little memory:
 * {@link io.step3.image.webp.Vp8Picture} is lossy (RFC 6386, key frames only), with colours
 * interpolated to the bit as libwebp does it, and {@link io.step3.image.webp.Vp8lPicture} lossless
 * (RFC 9649). Each class is one section of the specification.
 *
 * <p>We have our own since the Java libraries either leave the interpolation out, which shows as
 * errors of up to 118 at edges, or unpack a native library into a shared folder and load it.
 */
@NullMarked
package io.step3.image.webp;

import org.jspecify.annotations.NullMarked;
