package io.step3.model;

import io.step3.checkpoint.VisionConfig;
import io.step3.ops.Convolution;
import java.util.List;

/**
 * The shapes that a square picture takes on its way through the vision tower.
 *
 * @param grid patches a side
 * @param embedding pixels to patches
 * @param first the downsampler of kernel 2
 * @param second the downsampler of kernel 3, stride 2, padding 1
 */
record VisionGeometry(int grid, Convolution embedding, Convolution first, Convolution second) {

    /** The class token is repeated so that this many tokens lead, and dropped afterwards. */
    static final int LEADING = 4;

    static VisionGeometry of(VisionConfig config, int projectorStride, int side) {
        int patch = config.patchSize();
        if (side < patch || side % patch != 0) {
            throw new IllegalArgumentException(
                    "pictures of %d pixels cannot be cut into patches of %d: check image_size and"
                                    .formatted(side, patch)
                            + " patch_size in config.json and preprocessor_config.json");
        }
        int grid = side / patch;
        Convolution embedding =
                Convolution.overPlanes(config.numChannels(), side, side, patch, patch, 0);
        Convolution first =
                Convolution.overTokens(config.hiddenSize(), grid, grid, 2, projectorStride, 0);
        Convolution second =
                Convolution.overTokens(
                        config.outputHiddenSize(), first.outHeight(), first.outWidth(), 3, 2, 1);
        return new VisionGeometry(grid, embedding, first, second);
    }

    /** Tokens in the tower. */
    int tokens() {
        return LEADING + grid * grid;
    }

    /** Features that the picture becomes. */
    int features() {
        return second.outHeight() * second.outWidth();
    }

    List<Convolution> convolutions() {
        return List.of(embedding, first, second);
    }
}
