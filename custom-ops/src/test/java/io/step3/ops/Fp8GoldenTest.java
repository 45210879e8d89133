package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fp8 as the golden files have it, in plain Java and in every instruction set. */
class Fp8GoldenTest {
    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final int GROUP = 128;

    @TempDir private static Path folder;
    private static final List<Backend> ALL = new ArrayList<>(List.of(new JavaBackend()));

    @BeforeAll
    static void open() {
        if (NativeTiers.areBuilt()) {
            ALL.addAll(NativeTiers.open(folder, 1));
        }
    }

    @AfterAll
    static void close() {
        ALL.forEach(Backend::close);
    }

    @Test
    void everyCodeHasItsValue() throws IOException {
        JsonArray decode = e4m3().getAsJsonArray("decode");
        for (int code = 0; code < 256; code++) {
            JsonElement value = decode.get(code);
            float expected = value.isJsonNull() ? Float.NaN : value.getAsFloat();
            assertEquals(expected, E4m3.decode((byte) code), "code " + code);
        }
    }

    @Test
    void everyValueAndMidpointIsEncodedToNearestEven() throws IOException {
        for (JsonElement pair : e4m3().getAsJsonArray("encode_saturating")) {
            JsonElement value = pair.getAsJsonArray().get(0);
            float x = value.isJsonNull() ? Float.NaN : value.getAsFloat();
            int code = pair.getAsJsonArray().get(1).getAsInt();
            assertEquals(code, E4m3.encode(x) & 0xff, "of " + x);
        }
    }

    /**
     * The group's largest is 448, so that its scale is one and the codes are those of the values.
     */
    @Test
    void everyBackendEncodesAlike() throws IOException {
        for (Backend backend : ALL) {
            try (Bench b = new Bench(backend)) {
                Buffer codes = b.bytes(2);
                Buffer scale = b.poisoned(1);
                for (JsonElement pair : e4m3().getAsJsonArray("encode_saturating")) {
                    JsonElement value = pair.getAsJsonArray().get(0);
                    if (value.isJsonNull() || Math.abs(value.getAsFloat()) > 448) {
                        continue;
                    }
                    b.stream.quantize(codes, scale, b.floats(value.getAsFloat(), 448), 1, 2, 2);
                    assertEquals(1, b.read(scale)[0]);
                    assertEquals(
                            pair.getAsJsonArray().get(1).getAsInt(),
                            b.readBytes(codes)[0] & 0xff,
                            backend.name() + " of " + value);
                }
            }
        }
    }

    @Test
    void linearLayersOfTheCheckpointAreMet() throws IOException {
        int layers = 0;
        try (Arena arena = Arena.ofShared()) {
            Safetensors golden = Safetensors.map(GOLDEN.resolve("fp8/linear-b.safetensors"), arena);
            Safetensors checkpoint =
                    Safetensors.map(GOLDEN.resolve("checkpoints/b/model.safetensors"), arena);
            for (String tensor : golden.names()) {
                if (tensor.endsWith(".x")) {
                    layers++;
                    String name = tensor.substring(0, tensor.length() - 2);
                    for (Backend backend : ALL) {
                        try (Bench b = new Bench(backend)) {
                            layer(b, golden, name, weight(checkpoint, name));
                        }
                    }
                }
            }
        }
        assertTrue(layers >= 5, layers + " layers were compared");
    }

    private static void layer(Bench b, Safetensors golden, String name, Weight weight) {
        String what = b.backend.name() + " " + name;
        int rows = golden.size(name + ".x", 0);
        long cols = weight.cols();
        Matrix w = b.hold(weight);
        Buffer x = b.floats(floats(golden, name + ".x"));
        Buffer y = b.poisoned(rows * w.rows());
        b.stream.linear(y, x, w, null, rows);
        assertClose(floats(golden, name + ".y"), b.read(y), w.rows(), what);

        Buffer codes = b.bytes(rows * cols);
        Buffer scales = b.poisoned(rows * Math.ceilDiv(cols, GROUP));
        b.stream.quantize(codes, scales, x, rows, cols, GROUP);
        byte[] expected = golden.data(name + ".x_code").toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(expected, b.readBytes(codes), what);
        assertArrayEquals(floats(golden, name + ".x_scale"), b.read(scales), what);

        Buffer rounded = b.poisoned(rows * cols);
        b.stream.fakeQuantize(rounded, x, rows, cols, GROUP);
        b.stream.linear(y, rounded, w, null, rows);
        assertClose(floats(golden, name + ".y_w8a8"), b.read(y), w.rows(), what);
    }

    private static float[] floats(Safetensors golden, String name) {
        return golden.data(name).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    /** Every row within 1e-5 of its largest value. */
    private static void assertClose(float[] expected, float[] actual, long cols, String what) {
        for (int row = 0; row < expected.length; row += (int) cols) {
            float largest = 0;
            for (int i = row; i < row + cols; i++) {
                largest = Math.max(largest, Math.abs(expected[i]));
            }
            for (int i = row; i < row + cols; i++) {
                assertEquals(expected[i], actual[i], 1e-5f * largest, what + " number " + i);
            }
        }
    }

    /** The fp8 weight of this name; an expert's number ends it. */
    private static Weight weight(Safetensors checkpoint, String name) {
        int dot = name.lastIndexOf('.');
        String last = name.substring(dot + 1);
        boolean expert = last.chars().allMatch(Character::isDigit);
        String tensor = (expert ? name.substring(0, dot) : name) + ".weight";
        MemorySegment data = checkpoint.data(tensor);
        MemorySegment scales = checkpoint.data(tensor + "_scale_inv");
        Format format = new Format.Blocks(WeightType.F8_E4M3, GROUP, GROUP, scales);
        if (!expert) {
            int rows = checkpoint.size(tensor, 0);
            int cols = checkpoint.size(tensor, 1);
            return new Weight(format, data, rows, cols);
        }
        int experts = checkpoint.size(tensor, 0);
        int rows = checkpoint.size(tensor, 1);
        int cols = checkpoint.size(tensor, 2);
        return new Weight(format, data, experts, rows, cols).matrix(Integer.parseInt(last));
    }

    private static JsonObject e4m3() throws IOException {
        String json = Files.readString(GOLDEN.resolve("fp8/e4m3.json"));
        return JsonParser.parseString(json).getAsJsonObject();
    }
}
