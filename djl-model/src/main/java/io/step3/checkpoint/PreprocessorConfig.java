package io.step3.checkpoint;

import static io.step3.image.ImageProcessorConfig.MAX_SIDE;
import static io.step3.image.ImageProcessorConfig.PUBLISHED;

import java.nio.file.Path;

/**
 * How large the pictures are that the vision tower is given ({@code preprocessor_config.json}). The
 * published model has no such file, and the published sizes then.
 *
 * @param imageSize side of the whole picture in pixels, published 728
 * @param patchSize side of a crop in pixels, published 504 (not a patch of the vision tower)
 */
public record PreprocessorConfig(int imageSize, int patchSize) {

    static final String FILE_NAME = "preprocessor_config.json";

    /**
     * Reads the file, or gives the published sizes if there is none.
     *
     * @throws CheckpointException if a size is not a number from 1 to 8192
     */
    static PreprocessorConfig read(Path folder) {
        ConfigObject config = ConfigObject.readIfPresent(folder.resolve(FILE_NAME));
        return new PreprocessorConfig(
                config.side("image_size", PUBLISHED.imageSize(), 1, MAX_SIDE),
                config.side("patch_size", PUBLISHED.patchSize(), 1, MAX_SIDE));
    }

    /** Checks that both pictures are whole numbers of patches, at least two a side. */
    void check(Path folder, VisionConfig vision) {
        for (int side : new int[] {imageSize, patchSize}) {
            if (side % vision.patchSize() != 0 || side < 2 * vision.patchSize()) {
                throw new CheckpointException(
                        "%s: pictures of %d pixels (absent: %d and %d) cannot be cut into patches of %d, the vision_config.patch_size of config.json"
                                .formatted(
                                        folder.resolve(FILE_NAME),
                                        side,
                                        PUBLISHED.imageSize(),
                                        PUBLISHED.patchSize(),
                                        vision.patchSize()));
            }
        }
    }
}
