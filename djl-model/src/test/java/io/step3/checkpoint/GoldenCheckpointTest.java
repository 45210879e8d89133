package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.ops.ExpertWeight;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.nio.file.Path;
import java.util.OptionalInt;
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
            assertEquals(OptionalInt.of(0), ids.bos());
            assertEquals(Set.of(1, 1016), ids.eos());
            assertEquals(OptionalInt.of(2), ids.pad());
            assertFalse(checkpoint.generation().doSample());
        }
    }

    @Test
    void weightsAreBoundInTheirOwnTypes() {
        try (var a = Checkpoint.open(GOLDEN.resolve("checkpoints/a"));
                var b = Checkpoint.open(GOLDEN.resolve("checkpoints/b"))) {
            assertEquals(8_218_416, a.tensors().bytes());
            Weight bf16 = a.tensors().weight("model.layers.4.mlp.down_proj.weight", 192, 384);
            assertEquals(WeightType.BF16, bf16.type());
            Weight fp8 = b.tensors().weight("model.layers.4.mlp.down_proj.weight", 192, 384);
            assertEquals(WeightType.F8_E4M3, fp8.type());
            assertEquals(2 * 3 * Float.BYTES, fp8.scales().byteSize());
            assertEquals(128, fp8.blockRows());
            ExpertWeight experts =
                    b.tensors().experts("model.layers.2.moe.gate_proj.weight", 8, 160, 192);
            assertEquals(8 * 2 * 2 * Float.BYTES, experts.scales().byteSize());
            Weight gain = b.tensors().vector("model.norm.weight", 192);
            assertEquals(1, gain.rows());
            assertEquals(WeightType.BF16, gain.type());
            Weight kernels = b.tensors().convolution("vit_downsampler2.weight", 144, 72, 3, 3);
            assertEquals(72 * 9, kernels.cols());
        }
    }
}
