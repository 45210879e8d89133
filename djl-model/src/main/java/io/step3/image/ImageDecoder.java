package io.step3.image;

import io.step3.image.InvalidImageException.Problem;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.imageio.IIOException;

/**
 * Decodes PNG, JPEG, GIF, BMP and WebP, recognised by their first bytes. The picture is turned
 * upright as its EXIF or XMP orientation says, transparency is put over white, colour profiles are
 * not applied, 16-bit samples lose their lower byte, and of an animation the first frame is taken.
 *
 * <p>A picture of any size is made small while it is decoded: nothing larger than {@value
 * ImagePlan#MAX_SIDE} pixels a side is ever held, since nothing larger is ever looked at. Limits
 * are checked against the header, before anything is decoded. All methods throw {@link
 * InvalidImageException} if the bytes are no picture, damaged, truncated, or beyond the limits.
 *
 * <p>Immutable; threads may share it.
 */
public final class ImageDecoder {
    private static final Logger LOG = System.getLogger("io.step3.image");

    private final ImageLimits limits;

    /** Makes a decoder with {@link ImageLimits#DEFAULT}. */
    public ImageDecoder() {
        this(ImageLimits.DEFAULT);
    }

    /** Makes a decoder with limits of one's own. */
    public ImageDecoder(ImageLimits limits) {
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    /**
     * Reads the header alone: how large the upright picture is, and what the model will see of it.
     *
     * @param file a whole file, from its index 0 to its limit
     * @param name what messages call the picture, such as "photo.jpg" or "image 2"
     */
    public ImagePlan plan(ByteBuffer file, String name) {
        LOG.log(Level.DEBUG, "reading the header of {0}", name);
        EncodedImage encoded = parse(file, name);
        Size upright = encoded.orientation().upright(encoded.size());
        return ImagePlan.of(upright.width(), upright.height());
    }

    /** As {@link #plan(ByteBuffer, String)}. */
    public ImagePlan plan(byte[] file, String name) {
        return plan(ByteBuffer.wrap(file), name);
    }

    /**
     * Decodes a picture at its own size, or, if a side is longer than {@value ImagePlan#MAX_SIDE}
     * pixels, at that.
     *
     * @param file a whole file
     * @param name what messages call the picture, such as "photo.jpg" or "image 2"
     */
    public RgbImage decode(byte[] file, String name) {
        return decode(file, name, ImagePlan.MAX_SIDE);
    }

    /**
     * Decodes a picture no larger than asked for: a thumbnail of a picture of 100 megapixels takes
     * the memory of the thumbnail.
     *
     * @param file a whole file
     * @param name what messages call the picture
     * @param longest side of the result in pixels, at least 1; a smaller picture keeps its size
     */
    public RgbImage decode(byte[] file, String name, int longest) {
        EncodedImage encoded = parse(ByteBuffer.wrap(file), name);
        Size upright = encoded.orientation().upright(encoded.size());
        return decode(encoded, name, upright, upright.within(longest));
    }

    /** Decodes a picture into the base of its {@link #plan}, to the bit as Pillow would. */
    RgbImage base(ByteBuffer file, String name) {
        EncodedImage encoded = parse(file, name);
        Size upright = encoded.orientation().upright(encoded.size());
        ImagePlan plan = ImagePlan.of(upright.width(), upright.height());
        return decode(encoded, name, plan.padded(), plan.base());
    }

    private static RgbImage decode(EncodedImage encoded, String name, Size extent, Size target) {
        LOG.log(Level.DEBUG, "decoding {0}: {1}, {2}", name, encoded.format(), encoded.size());
        try {
            UprightRows rows =
                    new UprightRows(encoded.size(), encoded.orientation(), extent, target);
            encoded.decode(rows);
            return rows.image();
        } catch (IOException | RuntimeException e) {
            // Readers answer damaged data with whatever exception it leads them into.
            throw new InvalidImageException(
                    new Problem.Unreadable(),
                    name,
                    "is damaged: its %s data cannot be decoded (%s); fetch or save it again"
                            .formatted(encoded.format(), e.getMessage()),
                    e);
        }
    }

    private EncodedImage parse(ByteBuffer file, String name) {
        if (file.limit() == 0) {
            throw new InvalidImageException(
                    new Problem.Empty(), name, "is empty; choose another picture", null);
        }
        if (file.limit() > limits.maxBytes()) {
            throw new InvalidImageException(
                    new Problem.TooManyBytes(file.limit(), limits.maxBytes()),
                    name,
                    "has %d bytes, more than the %d that are allowed; save it smaller"
                            .formatted(file.limit(), limits.maxBytes()),
                    null);
        }
        try {
            EncodedImage encoded = EncodedImage.parse(file);
            check(encoded, name);
            return encoded;
        } catch (IIOException e) {
            throw new InvalidImageException(new Problem.Unreadable(), name, e.getMessage(), e);
        }
    }

    private void check(EncodedImage encoded, String name) {
        Size size = encoded.size();
        long most = Math.min(limits.maxPixels(), encoded.maxPixels());
        if (size.pixels() > most) {
            throw new InvalidImageException(
                    new Problem.TooManyPixels(size, most, encoded.format()),
                    name,
                    "is %s pixels, more than the %d megapixels that are allowed of a %s file; make it smaller"
                            .formatted(size, most / 1_000_000, encoded.format()),
                    null);
        }
        if (!hasPlan(size)) {
            throw new InvalidImageException(
                    new Problem.TooElongated(size),
                    name,
                    "is %s pixels, too elongated; cut it into parts and show them one by one"
                            .formatted(size),
                    null);
        }
    }

    private boolean hasPlan(Size size) {
        try {
            return ImagePlan.of(size.width(), size.height()).crops() <= limits.maxCrops();
        } catch (IllegalArgumentException vanishes) {
            return false;
        }
    }
}
