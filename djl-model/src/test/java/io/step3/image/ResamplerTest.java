package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.image.Golden.Tensors;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResamplerTest {
    private static final Tensors GOLDEN = Tensors.of("resize.safetensors");
    private static final float TOLERANCE = 1e-5f;

    @Test
    void bytesAreResizedExactlyLikePillow() {
        RgbImage source = new RgbImage(17, 23, GOLDEN.bytes("src"));
        List<String> names = names("pillow_");
        assertEquals(8, names.size());
        for (String name : names) {
            List<Integer> shape = GOLDEN.shape(name);
            Size target = new Size(shape.get(1), shape.get(0));
            RgbImage resized = PillowResampler.resize(source, target);
            assertEquals(target, resized.size());
            assertArrayEquals(GOLDEN.bytes(name), resized.rgb(), name);
        }
    }

    @Test
    void floatsAreResizedBilinearWithAntialias() {
        List<String> names = names("bilinear_");
        assertEquals(5, names.size());
        for (String name : names) {
            List<Integer> shape = GOLDEN.shape(name);
            float[] resized =
                    FloatResampler.resizeGrid(
                            transposed(GOLDEN.floats("float_src"), 3, 23 * 17),
                            23,
                            17,
                            3,
                            shape.get(1),
                            shape.get(2),
                            Filter.BILINEAR);
            float[] expected = transposed(GOLDEN.floats(name), 3, shape.get(1) * shape.get(2));
            assertArrayEquals(expected, resized, TOLERANCE, name);
        }
    }

    @Test
    void gridsAreResizedBicubicWithAntialias() {
        List<String> names = names("bicubic_");
        assertEquals(6, names.size());
        float[] planes = GOLDEN.floats("grid_src");
        for (String name : names) {
            int side = GOLDEN.shape(name).get(1);
            float[] expected = GOLDEN.floats(name);
            assertArrayEquals(
                    transposed(expected, 4, side * side),
                    FloatResampler.resizeGrid(
                            transposed(planes, 4, 144), 12, 12, 4, side, side, Filter.BICUBIC),
                    TOLERANCE,
                    name);
        }
    }

    @Test
    void resizingToTheSameSizeChangesNothing() {
        float[] source = GOLDEN.floats("float_src");
        for (Filter filter : Filter.values()) {
            assertArrayEquals(source, FloatResampler.resizeGrid(source, 23, 17, 3, 23, 17, filter));
        }
    }

    @Test
    void valuesThatDoNotFitTheirSizeAreRefused() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                FloatResampler.resizeGrid(
                                        new float[11], 2, 3, 2, 4, 4, Filter.BICUBIC));
        assertTrue(e.getMessage().contains("12 values, but 11"), e.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> FloatResampler.resizeGrid(new float[12], 2, 3, 2, 0, 4, Filter.BICUBIC));
    }

    private static List<String> names(String prefix) {
        return GOLDEN.names().stream().filter(name -> name.startsWith(prefix)).toList();
    }

    private static float[] transposed(float[] values, int rows, int columns) {
        float[] transposed = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            transposed[i % columns * rows + i / columns] = values[i];
        }
        return transposed;
    }
}
