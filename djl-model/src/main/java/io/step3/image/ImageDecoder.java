package io.step3.image;

import java.io.IOException;
import java.util.Objects;
import javax.imageio.IIOException;

/**
 * Decodes PNG, JPEG, GIF, BMP and WebP, recognised by their first bytes. The picture is turned
 * upright as its EXIF orientation says, transparency is put over white, colour profiles are not
 * applied, 16-bit samples lose their lower byte, and of an animation the first frame is taken.
 * Immutable; threads may share it.
 */
public final class ImageDecoder {
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
     * Decodes a picture. Limits are checked against the header, before anything is decoded.
     *
     * @param bytes a whole file
     * @param name what messages call the picture, such as "photo.jpg" or "image 2"
     * @return a picture for which {@link ImagePlan#of} has a plan
     * @throws InvalidImageException if the bytes are no picture, damaged, truncated, or beyond the
     *     limits
     */
    public RgbImage decode(byte[] bytes, String name) {
        EncodedImage encoded = parse(bytes, name);
        try {
            return encoded.orientation().upright(encoded.decode());
        } catch (IOException | RuntimeException e) {
            // Readers answer damaged data with whatever exception it leads them into.
            throw new InvalidImageException(
                    "%s is damaged: its %s data cannot be decoded (%s); fetch or save it again"
                            .formatted(name, encoded.format(), e.getMessage()),
                    e);
        }
    }

    private EncodedImage parse(byte[] bytes, String name) {
        if (bytes.length == 0) {
            throw new InvalidImageException(name + " is empty; choose another picture");
        }
        if (bytes.length > limits.maxBytes()) {
            throw new InvalidImageException(
                    "%s has %d bytes, more than the %d that are allowed; save it smaller"
                            .formatted(name, bytes.length, limits.maxBytes()));
        }
        try {
            EncodedImage encoded = EncodedImage.parse(bytes);
            check(encoded.size());
            return encoded;
        } catch (IIOException e) {
            throw new InvalidImageException(name + " " + e.getMessage(), e);
        }
    }

    private void check(Size size) throws IIOException {
        if (size.pixels() > limits.maxPixels()) {
            throw new IIOException(
                    "is %s pixels, more than the %d megapixels that are allowed; make it smaller"
                            .formatted(size, limits.maxPixels() / 1_000_000));
        }
        if (!hasPlan(size)) {
            throw new IIOException(
                    "is %s pixels, too elongated; cut it into parts and show them one by one"
                            .formatted(size));
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
