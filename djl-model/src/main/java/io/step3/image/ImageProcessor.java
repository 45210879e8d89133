package io.step3.image;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/** From a picture to the floats that the vision tower takes. Immutable; threads may share it. */
public final class ImageProcessor {
    /**
     * Normalised value by channel and byte; mean and standard deviation are those of OpenAI's CLIP.
     */
    private static final float[][] NORMALISED = {
        normalised(0.48145466f, 0.26862954f),
        normalised(0.4578275f, 0.26130258f),
        normalised(0.40821073f, 0.27577711f)
    };

    private final ImageProcessorConfig config;

    /** Makes a processor for a network's sizes. */
    public ImageProcessor(ImageProcessorConfig config) {
        this.config = Objects.requireNonNull(config, "config");
    }

    /**
     * A picture that is decoded when its pixels are asked for.
     *
     * @param file a whole file, which nobody may change
     * @param name what messages call the picture
     * @param fingerprint of the file's content
     * @param plan what {@link ImageDecoder#plan} said of the file
     */
    public PlannedImage later(
            ImageDecoder decoder, ByteBuffer file, String name, long fingerprint, ImagePlan plan) {
        return new WaitingImage(this, decoder, file, name, fingerprint, plan);
    }

    /**
     * Plans, cuts, normalises and resizes a picture.
     *
     * @throws IllegalArgumentException if {@link ImagePlan#of} has none for its size
     */
    public ProcessedImage process(RgbImage image) {
        ImagePlan plan = ImagePlan.of(image.width(), image.height());
        return process(plan, UprightRows.resize(image, plan.padded(), plan.base()));
    }

    ProcessedImage process(ImagePlan plan, RgbImage base) {
        ImageViews views = ImageViews.of(base, plan);
        List<float[]> crops =
                views.crops().stream().map(crop -> pixels(crop, config.patchSize())).toList();
        return new ProcessedImage(plan, pixels(views.base(), config.imageSize()), crops);
    }

    /** [3, side, side] of a picture. */
    static float[] pixels(RgbImage image, int side) {
        int width = image.width();
        int height = image.height();
        Taps taps = Taps.of(width, side, Filter.BILINEAR);
        // Normalising goes with the pass along the rows, so a large picture never exists in floats.
        float[] row = new float[width];
        float[] narrow = new float[Math.toIntExact(3L * height * side)];
        for (int channel = 0; channel < 3; channel++) {
            float[] normalised = NORMALISED[channel];
            for (int y = 0; y < height; y++) {
                int start = 3 * y * width + channel;
                for (int x = 0; x < width; x++) {
                    row[x] = normalised[image.rgb()[start + 3 * x] & 0xff];
                }
                int target = (channel * height + y) * side;
                if (width == side) {
                    System.arraycopy(row, 0, narrow, target, side);
                } else {
                    resizeRow(row, taps, narrow, target);
                }
            }
        }
        return height == side
                ? narrow
                : FloatResampler.alongAxis(
                        narrow, 3, side, Taps.of(height, side, Filter.BILINEAR), height);
    }

    private static void resizeRow(float[] row, Taps taps, float[] to, int target) {
        for (int i = 0; i < taps.outputs(); i++) {
            int x = taps.first()[i];
            float sum = 0;
            for (float weight : taps.weights()[i]) {
                sum += weight * row[x++];
            }
            to[target + i] = sum;
        }
    }

    private static float[] normalised(float mean, float deviation) {
        float[] values = new float[256];
        for (int value = 0; value < values.length; value++) {
            values[value] = (value / 255f - mean) / deviation;
        }
        return values;
    }
}
