package io.step3.training.lessons;

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
        int width = picture.width();
        int height = picture.height();
        Taps across = Taps.of(width, side);
        Taps down = Taps.of(height, side);
        byte[] rgb = picture.rgb();
        var planes = new float[3 * side * side];
        var rows = new float[height * side];
        for (int channel = 0; channel < 3; channel++) {
            var normalized = new float[256];
            for (int value = 0; value < 256; value++) {
                normalized[value] = (value / 255f - MEAN[channel]) / DEVIATION[channel];
            }
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < side; x++) {
                    float sum = 0;
                    float[] weights = across.weights[x];
                    int at = (y * width + across.first[x]) * 3 + channel;
                    for (float weight : weights) {
                        sum += weight * normalized[rgb[at] & 255];
                        at += 3;
                    }
                    rows[y * side + x] = sum;
                }
            }
            for (int y = 0; y < side; y++) {
                float[] weights = down.weights[y];
                int to = (channel * side + y) * side;
                for (int tap = 0; tap < weights.length; tap++) {
                    int from = (down.first[y] + tap) * side;
                    for (int x = 0; x < side; x++) {
                        planes[to + x] += weights[tap] * rows[from + x];
                    }
                }
            }
        }
        return planes;
    }

    /** Which inputs each output sums, and with what weights: a triangle, widened when shrinking. */
    private record Taps(int[] first, float[][] weights) {

        static Taps of(int in, int out) {
            var first = new int[out];
            var weights = new float[out][];
            double ratio = (double) in / out;
            double stretch = Math.max(1, ratio);
            for (int i = 0; i < out; i++) {
                double centre = (i + 0.5) * ratio;
                int from = Math.max(0, (int) (centre - stretch + 0.5));
                int to = Math.min(in, (int) (centre + stretch + 0.5));
                first[i] = from;
                weights[i] = new float[to - from];
                double sum = 0;
                for (int j = from; j < to; j++) {
                    sum += triangle((j - centre + 0.5) / stretch);
                }
                for (int j = from; j < to; j++) {
                    weights[i][j - from] = (float) (triangle((j - centre + 0.5) / stretch) / sum);
                }
            }
            return new Taps(first, weights);
        }

        private static double triangle(double x) {
            return Math.max(0, 1 - Math.abs(x));
        }
    }
}
