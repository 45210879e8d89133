package io.step3.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.DType;
import io.step3.checkpoint.Step3Config;
import io.step3.checkpoint.Step3Tensor;
import io.step3.ops.KvFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes to a device of the usual sizes, of a model of the published sizes. */
class PlacementPlanTest {

    private static final long GB = 1_000_000_000;
    private static final int CONTEXT = 32768;
    private static final ModelOptions OPTIONS = ModelOptions.DEFAULT.withCacheFormat(KvFormat.BF16);

    @TempDir Path folder;

    private Step3Config config;
    private Footprint size;

    @BeforeEach
    void publishedSizes() throws IOException {
        String moeLayers =
                IntStream.range(4, 60).mapToObj(String::valueOf).collect(Collectors.joining(","));
        Path file = folder.resolve("config.json");
        Files.writeString(
                file,
                """
                {"architectures": ["Step3VLForConditionalGeneration"], "model_type": "step3_vl",
                 "understand_projector_stride": 2, "projector_bias": false,
                 "text_config": {"moe_layers_enum": "%s"},
                 "vision_config": {"intermediate_size": 15360},
                 "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
                """
                        .formatted(moeLayers));
        config = Step3Config.read(file);
        size = Footprint.of(config, PlacementPlanTest::dtype, OPTIONS);
    }

    /** The matrices of the layers in fp8, everything else in bf16. */
    private static DType dtype(Step3Tensor tensor) {
        return switch (tensor) {
            case QUERY_DOWN, QUERY_UP, KEY, VALUE, ATTENTION_OUTPUT -> DType.F8_E4M3;
            case DENSE_GATE, DENSE_UP, DENSE_DOWN -> DType.F8_E4M3;
            case SHARED_GATE, SHARED_UP, SHARED_DOWN -> DType.F8_E4M3;
            case EXPERTS_GATE, EXPERTS_UP, EXPERTS_DOWN -> DType.F8_E4M3;
            default -> DType.BF16;
        };
    }

    private PlacementPlan plan(long device) {
        return PlacementPlan.of(config, size, device, 512 * GB, CONTEXT);
    }

    @Test
    void theClassesTakeWhatThePublishedModelIsKnownToTake() {
        assertEquals(61 * 2 * 256 * 2, size.cacheToken());
        assertEquals(10.3, size.of(TensorClass.ATTENTION, 0) / 1e9, 0.1);
        assertEquals(6.2, size.of(TensorClass.SHARED, 0) / 1e9, 0.1);
        assertEquals(2.0, size.of(TensorClass.DENSE, 0) / 1e9, 0.1);
        assertEquals(296, size.of(TensorClass.ROUTED, 0) / 1e9, 1);
        assertEquals(5.29, size.routed().get(4) / 1e9, 0.01);
        assertEquals(0, size.routed().get(3));
        assertEquals(1.85, size.of(TensorClass.HEAD, 0) / 1e9, 0.01);
        assertEquals(1.85, size.of(TensorClass.EMBEDDING, 0) / 1e9, 0.01);
        assertEquals(9, size.of(TensorClass.VISION, 0) / 1e9, 0.8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                     16 | gpu,shared=cpu,dense=cpu,vision=cpu,embedding=cpu,routed.4-59=cpu
                     24 | gpu,vision=cpu,embedding=cpu,routed.4-59=cpu
                     48 | gpu,routed.6-59=cpu
                     80 | gpu,routed.12-59=cpu
                    141 | gpu,embedding=cpu,routed.24-59=cpu
                    400 | gpu
                      9 | cpu,cache=gpu,shared=gpu
                      0 | cpu
                    """)
    void aDeviceIsFilledWithWhatServesBest(int gigabytes, String expected) {
        PlacementPlan plan = plan(gigabytes * GB);
        Placement placement =
                ((PlacementRequest.Given) PlacementRequest.parse(expected)).of(config.text());
        for (TensorClass part : placement.parts().keySet()) {
            assertEquals(
                    placement.parts().get(part), plan.placement().parts().get(part), part.label());
        }
        for (int layer : config.text().moeLayers()) {
            assertEquals(
                    placement.routed().get(layer),
                    plan.placement().routed().get(layer),
                    () -> plan.placement().toString());
        }
        assertTrue(plan.deviceBytes() <= gigabytes * GB / 100 * 98, plan::toString);
    }

    @Test
    void aClassThatWasPassedOverHadNoRoom() {
        long seed = 20261128;
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            long device = random.nextLong(400 * GB);
            int context = 1 + random.nextInt(65536);
            PlacementPlan plan = PlacementPlan.of(config, size, device, 512 * GB, context);
            long room = device - device / 50;
            String what = "seed %d, case %d: %s".formatted(seed, i, plan);
            assertTrue(plan.deviceBytes() <= room, what);
            assertEquals(plan.deviceBytes(), size.at(Where.GPU, plan.placement(), context), what);
            for (TensorClass part : plan.placement().parts().keySet()) {
                if (plan.placement().parts().get(part) == Where.CPU) {
                    Placement more = plan.placement().with(part, Where.GPU);
                    assertTrue(size.at(Where.GPU, more, context) > room, what);
                }
            }
        }
    }

    @Test
    void cachesOnTheDeviceMayTakeWhatIsLeftThere() {
        PlacementPlan plan = plan(48 * GB);
        long others = plan.deviceBytes() - size.of(TensorClass.CACHE, CONTEXT);
        assertEquals(48 * GB / 100 * 98 - others, plan.cacheBytes());
        assertTrue(plan.cacheBytes() >= size.of(TensorClass.CACHE, CONTEXT));
    }

    @Test
    void aContextThatNobodyAskedForTakesAnEighthOfTheDeviceAtMost() {
        assertEquals(
                16 * GB / 8 / size.cacheToken(),
                PlacementPlan.of(config, size, 16 * GB, 512 * GB, 0).context());
        assertEquals(65536, PlacementPlan.of(config, size, 80 * GB, 512 * GB, 0).context());
    }

    private DeviceTooSmallException refused(String request, long device, int context) {
        Placement asked =
                ((PlacementRequest.Given) PlacementRequest.parse(request)).of(config.text());
        var refused =
                assertThrows(
                        DeviceTooSmallException.class,
                        () -> PlacementPlan.of(asked, config, size, device, 512 * GB, context));
        assertEquals(
                size.at(Where.GPU, asked, context) - (device - device / 50), refused.missing());
        long fits = size.at(Where.GPU, refused.fitting(), context);
        assertTrue(fits <= device - device / 50, refused::getMessage);
        return refused;
    }

    @ParameterizedTest
    @ValueSource(longs = {16, 24, 48, 80, 141})
    void tooLittleMemoryNamesWhatIsMissingAndWhatFits(long gigabytes) {
        String said = refused("gpu", gigabytes * GB, CONTEXT).getMessage();
        assertTrue(said.contains("are missing; gpu,"), said);
    }

    @Test
    void theSmallestChangeThatFitsIsNamed() {
        assertEquals(
                "the placement gpu,vision=cpu,routed=cpu needs 24.42 GB on the device with a context"
                        + " of 32768 tokens, but 23.52 GB of it may be used: 900.08 MB are missing;"
                        + " gpu,vision=cpu,embedding=cpu,routed=cpu fits, and so does a context of"
                        + " 18358",
                refused("gpu,vision=cpu,routed=cpu", 24 * GB, CONTEXT).getMessage());
        assertEquals(
                "gpu,routed.19-59=cpu", refused("gpu", 120 * GB, CONTEXT).fitting().toString());
    }

    @Test
    void tooLittleRamIsToldAndNotRefused() {
        PlacementPlan plan = PlacementPlan.of(config, size, 24 * GB, 256 * GB, CONTEXT);
        assertEquals(plan.hostBytes() - 256 * GB, plan.hostMissing());
        assertTrue(plan.warning().orElseThrow().contains("more than there are"));
        assertTrue(plan(24 * GB).warning().isEmpty());
    }

    /** The golden models are small: their rows of 32 to 384 numbers waste much of a pitch. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void aCheckpointIsMeasuredByItsHeaders(String name) {
        Path golden = Path.of(System.getProperty("step3.golden"), "checkpoints", name);
        try (Checkpoint checkpoint = Checkpoint.open(golden)) {
            Footprint measured = Footprint.of(checkpoint, OPTIONS);
            Placement all = Placement.all(Where.GPU, checkpoint.config().text());
            long working =
                    measured.work()
                            + VisionWorkspace.bytes(
                                    checkpoint.config().vision().orElseThrow(),
                                    checkpoint.config().understandProjectorStride());
            long weights = measured.at(Where.GPU, all, 0) - working;
            long stored = checkpoint.tensors().bytes();
            assertTrue(weights >= stored && weights < stored * 1.3, weights + " of " + stored);
            assertEquals(0, measured.at(Where.CPU, all, 0));
        }
    }

    /** Rows of the published sizes waste nothing. */
    @Test
    void theRoutedExpertsOfALayerTakeTheirCodesAndScales() {
        long codes = 3L * 48 * 5120 * 7168;
        assertEquals(codes + codes / (128 * 128) * Float.BYTES, size.routed().get(4));
    }
}
