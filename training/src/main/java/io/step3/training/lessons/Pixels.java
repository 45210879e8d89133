package io.step3.training.lessons;

import io.step3.image.ImageProcessor;
import io.step3.image.ImageProcessorConfig;
import io.step3.image.ProcessedImage;
import io.step3.image.RgbImage;

/** From a picture to the numbers that the network sees, through the engine's own pipeline. */
public final class Pixels {

    private Pixels() {}

    /**
     * The whole picture, normalised and resized, and its crops if it is large or long.
     *
     * @param side side of the network's square picture
     * @param crop side of a crop
     */
    public static ProcessedImage process(Picture picture, int side, int crop) {
        return new ImageProcessor(new ImageProcessorConfig(side, crop))
                .process(new RgbImage(picture.width(), picture.height(), picture.rgb()));
    }

    /**
     * Planes cut into patches.
     *
     * @param planes [3,side,side]
     * @param patch side of a patch
     * @return [grid*grid, 3*patch*patch], patches row by row, each channel by channel
     */
    public static float[] patches(float[] planes, int side, int patch) {
        int grid = side / patch;
        var patches = new float[planes.length];
        int to = 0;
        for (int row = 0; row < grid; row++) {
            for (int column = 0; column < grid; column++) {
                for (int channel = 0; channel < 3; channel++) {
                    for (int y = 0; y < patch; y++) {
                        int from = (channel * side + row * patch + y) * side + column * patch;
                        System.arraycopy(planes, from, patches, to, patch);
                        to += patch;
                    }
                }
            }
        }
        return patches;
    }
}
