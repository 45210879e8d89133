package io.step3.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.step3.checkpoint.Checkpoint;
import io.step3.image.ImageProcessor;
import io.step3.image.ImageProcessorConfig;
import io.step3.image.ProcessedImage;
import io.step3.image.RgbImage;
import io.step3.model.ForwardRecording;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Step3Model;
import io.step3.ops.BackendLoader;
import io.step3.training.lessons.Lessons;
import io.step3.training.lessons.Picture;
import io.step3.training.lessons.Pixels;
import io.step3.training.tokenizer.BpeTokenizer;
import io.step3.training.tokenizer.BpeTrainer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The differentiable network and the engine are two implementations of one network: over the same
 * checkpoint, of whatever sizes and options, they compute the same logits.
 */
class EngineParityTest {

    private static final int VOCABULARY = 400;
    private static final int IMAGE_TOKEN = 385;

    @TempDir private Path folder;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void bothComputeTheSameLogits(long seed) throws IOException {
        Random random = new Random(seed);
        NetworkSizes config = config(random);
        var parameters = new Parameters(config);
        float[] initial = parameters.initial(seed);
        for (int i = 0; i < initial.length; i++) {
            // Biases and gains start as zeros and ones, which would hide a forgotten one.
            initial[i] += (float) random.nextGaussian() * 0.02f;
        }
        new CheckpointExport(config, parameters).write(folder, initial, tokenizer());
        float[] stored = CheckpointWeights.read(folder, parameters);

        Picture picture = picture(random, 60 + random.nextInt(100));
        int features = config.imageFeatures();
        int[] ids = new int[5 + features + 9];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i >= 5 && i < 5 + features ? IMAGE_TOKEN : 3 + random.nextInt(380);
        }
        assertClose(
                config + " seed " + seed,
                differentiable(config, parameters, stored, ids, picture),
                engine(ids, picture));
    }

    /** Only its size matters here. */
    private static BpeTokenizer tokenizer() {
        var trainer = new BpeTrainer();
        var lessons = new Lessons(Lessons.Split.TRAINING, 1);
        for (int i = 0; i < 200; i++) {
            trainer.add(lessons.lesson(i, 1).reasoning());
        }
        return trainer.train(VOCABULARY);
    }

    /** Sizes that are multiples of nothing, and every option. */
    private static NetworkSizes config(Random random) {
        int layers = 2 + random.nextInt(3);
        var moe = new TreeSet<>(List.of(random.nextInt(layers)));
        for (int layer = 0; layer < layers; layer++) {
            if (random.nextBoolean()) {
                moe.add(layer);
            }
        }
        int experts = 2 + random.nextInt(6);
        int visionHeads = 1 + random.nextInt(4);
        int patch = 4 + 2 * random.nextInt(4);
        // The crop of the export must be a whole number of patches, and cut no row short.
        int grid = 80 / (80 % patch == 0 ? patch : 8);
        int cell = 80 % patch == 0 ? patch : 8;
        return new NetworkSizes(
                VOCABULARY,
                40 + random.nextInt(200),
                layers,
                moe,
                1 + random.nextInt(9),
                2 * (3 + random.nextInt(30)),
                10 + random.nextInt(100),
                30 + random.nextInt(200),
                experts,
                1 + random.nextInt(experts),
                20 + random.nextInt(200),
                20 + random.nextInt(200),
                random.nextBoolean(),
                random.nextBoolean() ? 500000 : 10000,
                random.nextBoolean() ? 1e-5f : 1e-6f,
                512,
                1 + random.nextInt(2),
                IMAGE_TOKEN,
                new NetworkSizes.Vision(
                        cell * Math.max(4, grid - random.nextInt(3)),
                        cell,
                        visionHeads * 2 * (4 + random.nextInt(12)),
                        1 + random.nextInt(3),
                        visionHeads,
                        20 + random.nextInt(100),
                        10 + random.nextInt(60),
                        1e-5f));
    }

    private static Picture picture(Random random, int side) {
        byte[] rgb = new byte[3 * side * side];
        random.nextBytes(rgb);
        return new Picture(side, side, rgb, List.of());
    }

    private static float[] differentiable(
            NetworkSizes config,
            Parameters parameters,
            float[] weights,
            int[] ids,
            Picture picture) {
        long[] numbered = Arrays.stream(ids).asLongStream().toArray();
        long next = config.vocabulary();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == IMAGE_TOKEN) {
                numbered[i] = next++;
            }
        }
        int side = config.vision().imageSize();
        float[] planes = Pixels.process(picture, side, NetworkSizes.CROP).base();
        float[] patches = Pixels.patches(planes, side, config.vision().patch());
        var sequences = Sequences.uncut(1, ids.length, numbered, 1, patches);
        try (NDManager manager = NDManager.newBaseManager();
                NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray flat = manager.create(weights, new Shape(weights.length));
            Step3Network.Pass pass =
                    new Step3Network(config)
                            .forward(
                                    parameters.views(flat),
                                    manager,
                                    sequences,
                                    (name, value) -> {});
            return pass.text().logits(pass.stream()).toFloatArray();
        }
    }

    private float[] engine(int[] ids, Picture picture) {
        try (BackendLoader.Choice choice = BackendLoader.load();
                Checkpoint checkpoint = Checkpoint.open(folder);
                var model =
                        new Step3Model(
                                checkpoint,
                                choice.backend(),
                                ModelOptions.DEFAULT.withPrefillChunk(11),
                                LoadProgress.NONE);
                var session = model.newSession();
                Arena arena = Arena.ofConfined()) {
            var sizes = checkpoint.preprocessor();
            ProcessedImage image =
                    new ImageProcessor(
                                    new ImageProcessorConfig(sizes.imageSize(), sizes.patchSize()))
                            .process(
                                    new RgbImage(picture.width(), picture.height(), picture.rgb()));
            assertEquals(0, image.crops().size());
            var seen = new ForwardRecording(arena, checkpoint.config().text(), ids.length);
            session.read(new Prompt(ids, List.of(image)), () -> false, seen);
            return seen.tensor("logits").toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private static void assertClose(String what, float[] expected, float[] actual) {
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(expected, actual, 1e-4f * largest, what);
    }
}
