package io.step3.training.lessons;

import io.step3.image.Filter;
import io.step3.image.FloatResampler;

/**
 * From a picture to the numbers that the network sees: to [0,1], CLIP mean and deviation, then a
 * bilinear resize with antialias to the network's square, as the published model's pipeline does
 * for a picture that needs no crops.
 */
public final class Pixels {

    private static final float[] MEAN = {0.48145466f, 0.4578275f, 0.40821073f};
    private static final float[] DEVIATION = {0.26862954f, 0.26130258f, 0.27577711f};

    private Pixels() {}

    /**
     * The resized picture, cut into patches.
     *
     * @param side side of the network's square picture
     * @param patch side of a patch
     * @return [grid*grid, 3*patch*patch], patches row by row, each channel by channel
     */
    public static float[] patches(Picture picture, int side, int patch) {
        float[] planes = planes(picture, side);
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

    /** The resized picture [3,side,side]. */
    public static float[] planes(Picture picture, int side) {
        int size = picture.width() * picture.height();
        byte[] rgb = picture.rgb();
        var planes = new float[3 * size];
        for (int i = 0; i < planes.length; i++) {
            int channel = i / size;
            float value = (rgb[3 * (i % size) + channel] & 255) / 255f;
            planes[i] = (value - MEAN[channel]) / DEVIATION[channel];
        }
        return FloatResampler.resizePlanes(
                planes, 3, picture.height(), picture.width(), side, side, Filter.BILINEAR);
    }
}
