package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.step3.ops.Format;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GoldenCheckpointTest {

    static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));

    @Test
    void theConfigurationIsRead() {
        try (var checkpoint = Checkpoint.open(GOLDEN.resolve("checkpoints/a"))) {
            var text =
                    new TextConfig(
                            1024,
                            192,
                            384,
                            5,
                            7,
                            32,
                            96,
                            1e-5f,
                            500_000,
                            4096,
                            new TreeSet<>(Set.of(1, 2, 3)),
                            8,
                            3,
                            160,
                            176,
                            false);
            var vision = new VisionConfig(64, 160, 72, 3, 4, 3, 96, 8, 1e-5f);
            Step3Config config = checkpoint.config();
            assertEquals(text, config.text());
            assertEquals(vision, config.vision().orElseThrow());
            assertEquals(12, vision.grid());
            assertEquals(1009, config.imageTokenId());
            assertEquals(2, config.understandProjectorStride());
            assertTrue(config.projectorBias());
            assertFalse(config.tieWordEmbeddings());
            assertEquals(new PreprocessorConfig(96, 64), checkpoint.preprocessor());
            TokenIds ids = checkpoint.generation().ids();
            assertEquals(Set.of(1, 1016), ids.eos());
            assertFalse(checkpoint.generation().doSample());
        }
    }

    @Test
    void weightsAreBoundInTheirOwnTypes() {
        try (var a = Checkpoint.open(GOLDEN.resolve("checkpoints/a"));
                var b = Checkpoint.open(GOLDEN.resolve("checkpoints/b"))) {
            assertEquals(8_218_416, a.tensors().bytes());
            Weight bf16 = a.tensors().weight("model.layers.4.mlp.down_proj.weight", 192, 384);
            assertEquals(WeightType.BF16, bf16.format().type());
            Weight fp8 = b.tensors().weight("model.layers.4.mlp.down_proj.weight", 192, 384);
            assertEquals(WeightType.F8_E4M3, fp8.format().type());
            assertEquals(2 * 3 * Float.BYTES, fp8.format().scales().byteSize());
            assertEquals(128, ((Format.Blocks) fp8.format()).rows());
            Weight experts =
                    b.tensors().experts("model.layers.2.moe.gate_proj.weight", 8, 160, 192);
            assertEquals(8 * 2 * 2 * Float.BYTES, experts.format().scales().byteSize());
            Weight gain = b.tensors().vector("model.norm.weight", 192);
            assertEquals(1, gain.rows());
            assertEquals(WeightType.BF16, gain.format().type());
            Weight kernels = b.tensors().convolution("vit_downsampler2.weight", 144, 72, 3, 3);
            assertEquals(72 * 9, kernels.cols());
        }
    }

    /** What {@code fp8/linear-b} has multiplied out must be value times scale of what is bound. */
    @Test
    void fp8WeightsAndTheirScalesAreTheGoldenOnes() throws IOException {
        float[] values = e4m3Values();
        int compared = 0;
        try (var b = Checkpoint.open(GOLDEN.resolve("checkpoints/b"));
                Arena arena = Arena.ofConfined()) {
            var golden = SafetensorsFile.open(GOLDEN.resolve("fp8/linear-b.safetensors"), arena);
            for (String name : golden.tensors().keySet()) {
                if (name.endsWith(".w")) {
                    Tensor expected = golden.tensor(name);
                    long rows = expected.info().shape().get(0);
                    long cols = expected.info().shape().get(1);
                    String layer = name.substring(0, name.length() - 2);
                    Weight weight = bind(b.tensors(), layer, rows, cols);
                    assertArrayEquals(
                            expected.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED),
                            multipliedOut(weight, values),
                            name);
                    compared++;
                }
            }
        }
        assertEquals(5, compared);
    }

    private static Weight bind(Tensors tensors, String layer, long rows, long cols) {
        String last = layer.substring(layer.lastIndexOf('.') + 1);
        if (!last.matches("[0-9]+")) {
            return tensors.weight(layer + ".weight", rows, cols);
        }
        String stack = layer.substring(0, layer.lastIndexOf('.'));
        return tensors.experts(stack + ".weight", 8, rows, cols).matrix(Integer.parseInt(last));
    }

    private static float[] multipliedOut(Weight weight, float[] values) {
        int rows = (int) weight.rows();
        int cols = (int) weight.cols();
        Format.Blocks format = (Format.Blocks) weight.format();
        long blocksInRow = Math.ceilDiv(cols, format.cols());
        float[] out = new float[rows * cols];
        for (int i = 0; i < out.length; i++) {
            int code = Byte.toUnsignedInt(weight.data().get(ValueLayout.JAVA_BYTE, i));
            long block = i / cols / format.rows() * blocksInRow + i % cols / format.cols();
            float scale =
                    weight.format()
                            .scales()
                            .get(ValueLayout.JAVA_FLOAT_UNALIGNED, block * Float.BYTES);
            out[i] = values[code] * scale;
        }
        return out;
    }

    private static float[] e4m3Values() throws IOException {
        var decode =
                JsonParser.parseString(Files.readString(GOLDEN.resolve("fp8/e4m3.json")))
                        .getAsJsonObject()
                        .getAsJsonArray("decode");
        float[] values = new float[256];
        for (int code = 0; code < values.length; code++) {
            var value = decode.get(code);
            values[code] = value.isJsonNull() ? Float.NaN : value.getAsFloat();
        }
        return values;
    }
}
