package io.step3.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.step3.image.ProcessedImage;
import io.step3.training.lessons.Picture;
import io.step3.training.lessons.Pixels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The differentiable network computes what the published architecture computes. */
class GoldenTest {

    /** Of checkpoint a. */
    private static final int CROP = 64;

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static NetworkSizes config;
    private static Parameters parameters;
    private static float[] weights;

    @BeforeAll
    static void load() throws IOException {
        Path checkpoint = GOLDEN.resolve("checkpoints/a");
        config = ReadSizes.of(checkpoint.resolve("config.json"));
        parameters = new Parameters(config);
        weights = CheckpointWeights.read(checkpoint, parameters);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 33, 130})
    void textAgreesWithTheReference(int length) throws IOException {
        var golden = golden("text/a-len" + length + ".safetensors");
        long[] ids = golden.get("input_ids").longs();
        Map<String, float[]> seen = run(Sequences.uncut(1, length, ids, 0, null), false);
        float[] hidden = golden.get("hidden").floats();
        int state = length * config.hidden();
        for (int layer = 0; layer < config.layers(); layer++) {
            float[] expected = new float[state];
            System.arraycopy(hidden, (layer + 1) * state, expected, 0, state);
            assertArrayEquals(expected, seen.get("layer." + layer), 3e-4f, "layer " + layer);
        }
        assertArrayEquals(golden.get("logits").floats(), seen.get("logits"), 1e-3f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"p300x200", "p56x56"})
    void picturesBecomeTheReferencePixelsAndFeatures(String name) throws IOException {
        float[] planes = process(name).base();
        float[] expected = golden("image/pixels-a.safetensors").get(name + ".base").floats();
        assertArrayEquals(expected, planes, 1e-4f);
        Map<String, float[]> seen = run(withPicture(new long[] {config.vocabulary()}, name), true);
        assertArrayEquals(
                golden("vision/a.safetensors").get(name + ".base.features").floats(),
                seen.get("vision.features"),
                1e-4f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"p900x400", "p900x700", "p2000x600"})
    void cropsBecomeTheReferenceFeatures(String name) throws IOException {
        Map<String, float[]> seen = run(withPicture(new long[] {config.vocabulary()}, name), true);
        assertArrayEquals(
                golden("vision/a.safetensors").get(name + ".crops.features").floats(),
                seen.get("vision.crops.features"),
                1e-4f);
    }

    @ParameterizedTest
    @CsvSource({"plain,p300x200", "square,p56x56", "crops,p900x700"})
    void picturesInPromptsAgreeWithTheReference(String which, String name) throws IOException {
        var golden = golden("multimodal/a-" + which + ".safetensors");
        long[] ids = golden.get("expanded_ids").longs();
        // Those of the crops come first in the prompt, and behind those of the whole in the table.
        int ofCrops = process(name).crops().size() * config.imageFeatures(CROP);
        long crop = config.vocabulary() + config.imageFeatures();
        long whole = config.vocabulary();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == config.imageToken()) {
                ids[i] = ofCrops-- > 0 ? crop++ : whole++;
            }
        }
        assertEquals(config.imageFeatures(), whole - config.vocabulary());
        Map<String, float[]> seen = run(withPicture(ids, name), false);
        assertArrayEquals(golden.get("embeds").floats(), seen.get("embedded"), 1e-4f);
        float[] logits = seen.get("logits");
        var last = new float[config.vocabulary()];
        System.arraycopy(logits, logits.length - last.length, last, 0, last.length);
        assertArrayEquals(golden.get("last_logits").floats(), last, 1e-3f);
    }

    private static Sequences withPicture(long[] ids, String name) throws IOException {
        NetworkSizes.Vision vision = config.vision();
        ProcessedImage image = process(name);
        float[] patches = Pixels.patches(image.base(), vision.imageSize(), vision.patch());
        int each = 3 * CROP * CROP;
        var crops = new float[image.crops().size() * each];
        for (int i = 0; i < image.crops().size(); i++) {
            float[] cut = Pixels.patches(image.crops().get(i), CROP, vision.patch());
            System.arraycopy(cut, 0, crops, i * each, each);
        }
        return new Sequences(1, ids.length, ids, 1, patches, image.crops().size(), crops);
    }

    private static ProcessedImage process(String name) throws IOException {
        return Pixels.process(picture(name), config.vision().imageSize(), CROP);
    }

    private static Picture picture(String name) throws IOException {
        return Picture.of(
                ImageIO.read(GOLDEN.resolve("image/" + name + ".png").toFile()), List.of());
    }

    private static Map<String, Safetensors.Tensor> golden(String file) throws IOException {
        return Safetensors.read(GOLDEN.resolve(file)).tensors();
    }

    private static Map<String, float[]> run(Sequences sequences, boolean visionOnly) {
        var seen = new HashMap<String, float[]>();
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
                                    (name, value) -> {
                                        if (!name.endsWith("router")) {
                                            seen.put(name, value.toFloatArray());
                                        }
                                    });
            if (!visionOnly) {
                seen.put("logits", pass.text().logits(pass.stream()).toFloatArray());
            }
        }
        return seen;
    }
}
