package io.step3.ops;

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
    private static final List<Kernels> ALL = new ArrayList<>(List.of(new JavaKernels()));

    @BeforeAll
    static void open() {
        if (NativeTiers.areBuilt()) {
            ALL.addAll(NativeTiers.open(folder, 1));
        }
    }

    @AfterAll
    static void close() {
        for (Kernels kernels : ALL) {
            if (kernels instanceof NativeKernels library) {
                library.close();
            }
        }
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
    void everyKernelEncodesAlike() throws IOException {
        for (Kernels kernels : ALL) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment x = arena.allocate(8, 4);
                MemorySegment codes = arena.allocate(2);
                MemorySegment scale = arena.allocate(4, 4);
                x.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 448);
                for (JsonElement pair : e4m3().getAsJsonArray("encode_saturating")) {
                    JsonElement value = pair.getAsJsonArray().get(0);
                    if (value.isJsonNull() || Math.abs(value.getAsFloat()) > 448) {
                        continue;
                    }
                    x.setAtIndex(ValueLayout.JAVA_FLOAT, 0, value.getAsFloat());
                    kernels.quantize(codes, scale, x, 1, 2, 2);
                    assertEquals(1, scale.get(ValueLayout.JAVA_FLOAT, 0));
                    assertEquals(
                            pair.getAsJsonArray().get(1).getAsInt(),
                            codes.get(ValueLayout.JAVA_BYTE, 0) & 0xff,
                            kernels.name() + " of " + value);
                }
            }
        }
    }

    @Test
    void linearLayersOfTheCheckpointAreMet() throws IOException {
        int layers = 0;
        try (Cases c = new Cases(1)) {
            Safetensors golden =
                    Safetensors.map(GOLDEN.resolve("fp8/linear-b.safetensors"), c.arena);
            Safetensors checkpoint =
                    Safetensors.map(GOLDEN.resolve("checkpoints/b/model.safetensors"), c.arena);
            for (String tensor : golden.names()) {
                if (!tensor.endsWith(".x")) {
                    continue;
                }
                layers++;
                String name = tensor.substring(0, tensor.length() - 2);
                Weight w = weight(checkpoint, name);
                int rows = golden.size(tensor, 0);
                MemorySegment x = c.copy(golden.data(tensor));
                for (Kernels kernels : ALL) {
                    String what = kernels.name() + " " + name;
                    MemorySegment y = c.poisoned(rows * w.rows());
                    kernels.linear(y, x, w, null, rows);
                    c.assertClose(golden.data(name + ".y"), y, w.rows(), what);

                    long groups = Math.ceilDiv(w.cols(), GROUP);
                    MemorySegment codes = c.arena.allocate(rows * w.cols());
                    MemorySegment scales = c.poisoned(rows * groups);
                    kernels.quantize(codes, scales, x, rows, w.cols(), GROUP);
                    assertEquals(-1, golden.data(name + ".x_code").mismatch(codes), what);
                    c.assertSame(golden.data(name + ".x_scale"), scales, what);

                    MemorySegment rounded = c.poisoned(rows * w.cols());
                    kernels.fakeQuantize(rounded, x, rows, w.cols(), GROUP);
                    kernels.linear(y, rounded, w, null, rows);
                    c.assertClose(golden.data(name + ".y_w8a8"), y, w.rows(), what);
                }
            }
        }
        assertTrue(layers >= 5, layers + " layers were compared");
    }

    /** The fp8 weight of this name; an expert's number ends it. */
    private static Weight weight(Safetensors checkpoint, String name) {
        int dot = name.lastIndexOf('.');
        String last = name.substring(dot + 1);
        boolean expert = last.chars().allMatch(Character::isDigit);
        String tensor = (expert ? name.substring(0, dot) : name) + ".weight";
        MemorySegment data = checkpoint.data(tensor);
        MemorySegment scales = checkpoint.data(tensor + "_scale_inv");
        WeightType fp8 = WeightType.F8_E4M3;
        if (!expert) {
            int rows = checkpoint.size(tensor, 0);
            int cols = checkpoint.size(tensor, 1);
            return new Weight(fp8, data, rows, cols, scales, GROUP, GROUP);
        }
        int experts = checkpoint.size(tensor, 0);
        int rows = checkpoint.size(tensor, 1);
        int cols = checkpoint.size(tensor, 2);
        return new ExpertWeight(fp8, data, experts, rows, cols, scales, GROUP, GROUP)
                .expert(Integer.parseInt(last));
    }

    private static JsonObject e4m3() throws IOException {
        String json = Files.readString(GOLDEN.resolve("fp8/e4m3.json"));
        return JsonParser.parseString(json).getAsJsonObject();
    }
}
