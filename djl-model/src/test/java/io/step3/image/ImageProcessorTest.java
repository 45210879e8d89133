package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import io.step3.image.Golden.Tensors;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ImageProcessorTest {
    private static final float TOLERANCE = 1e-5f;

    @TestFactory
    List<DynamicTest> goldenPixelsOfTheSmallNetwork() {
        Tensors golden = Tensors.of("pixels-a.safetensors");
        ImageProcessor processor = new ImageProcessor(new ImageProcessorConfig(96, 64));
        return Golden.rows("pictures-a.json").stream()
                .map(row -> name(row))
                .map(
                        name ->
                                DynamicTest.dynamicTest(
                                        name, () -> check(golden, name, processor, 96, 1, 64, 1)))
                .toList();
    }

    @TestFactory
    List<DynamicTest> goldenPixelsOfThePublishedSizes() {
        Tensors golden = Tensors.of("pixels-728-504.safetensors");
        ImageProcessor processor = new ImageProcessor(ImageProcessorConfig.PUBLISHED);
        return Golden.rows("pictures-a.json").stream()
                .map(row -> name(row))
                .filter(name -> golden.has(name + ".base"))
                .map(
                        name ->
                                DynamicTest.dynamicTest(
                                        name,
                                        () -> check(golden, name, processor, 728, 13, 504, 12)))
                .toList();
    }

    private static String name(JsonObject row) {
        return row.get("name").getAsString();
    }

    private static void check(
            Tensors golden,
            String name,
            ImageProcessor processor,
            int base,
            int baseStep,
            int crop,
            int cropStep) {
        ProcessedImage processed = processor.process(Golden.picture(name));
        assertArrayEquals(
                golden.floats(name + ".base"),
                thinned(processed.base(), base, baseStep),
                TOLERANCE,
                "base");
        int crops = processed.crops().size();
        assertEquals(crops, processed.plan().crops());
        assertEquals(
                crops, golden.has(name + ".crops") ? golden.shape(name + ".crops").getFirst() : 0);
        for (int i = 0; i < crops; i++) {
            float[] expected = golden.floats(name + ".crops");
            int length = expected.length / crops;
            assertArrayEquals(
                    Arrays.copyOfRange(expected, i * length, (i + 1) * length),
                    thinned(processed.crops().get(i), crop, cropStep),
                    TOLERANCE,
                    "crop " + i);
        }
    }

    /** Every n-th row and column of [3, side, side]. */
    private static float[] thinned(float[] planes, int side, int step) {
        assertEquals(3 * side * side, planes.length);
        int kept = side / step;
        float[] thinned = new float[3 * kept * kept];
        for (int i = 0; i < thinned.length; i++) {
            int channel = i / (kept * kept);
            int y = i / kept % kept * step;
            int x = i % kept * step;
            thinned[i] = planes[(channel * side + y) * side + x];
        }
        return thinned;
    }

    @Test
    void sidesOutOfRangeAreRefusedByTheirKey() {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> new ImageProcessorConfig(728, 0));
        assertEquals(
                "preprocessor_config.json: patch_size must be from 1 to 8192, not 0",
                e.getMessage());
    }
}
