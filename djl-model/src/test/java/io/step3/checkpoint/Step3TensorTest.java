package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of tensors is the checkpoint's: nothing is missing in it, and nothing is too much. */
class Step3TensorTest {

    @TempDir private Path folder;

    private static Map<String, List<Long>> table(Step3Config config) {
        Map<String, List<Long>> table = new TreeMap<>();
        for (Step3Tensor tensor : Step3Tensor.values()) {
            if (tensor != Step3Tensor.PROJECTOR_BIAS || config.projectorBias()) {
                tensor.part()
                        .layers(config)
                        .forEach(layer -> table.put(tensor.name(layer), tensor.shape(config)));
            }
        }
        return table;
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void theTableHoldsEveryTensorOfACheckpointWithItsShape(String name) {
        Path golden = GoldenCheckpointTest.GOLDEN.resolve("checkpoints/" + name);
        try (var checkpoint = Checkpoint.open(golden)) {
            Map<String, List<Long>> stored = new TreeMap<>();
            for (TensorInfo info : checkpoint.tensors().infos()) {
                if (!info.name().endsWith("_scale_inv")) {
                    stored.put(info.name(), info.shape());
                }
            }
            assertEquals(stored, table(checkpoint.config()));
        }
    }

    /** The Step3 report names 321 billion parameters: 316 of the language model, 5 of vision. */
    @Test
    void thePublishedSizesMakeThePublishedNumberOfParameters() throws Exception {
        Path file = folder.resolve("config.json");
        Files.writeString(
                file,
                """
                {"model_type": "step3_vl", "understand_projector_stride": 2,
                 "projector_bias": false,
                 "text_config": {"moe_layers_enum": "%s"},
                 "vision_config": {"intermediate_size": 15360}}
                """
                        .formatted(PublishedSizeTest.moeLayers()));
        long parameters =
                table(Step3Config.read(file)).values().stream()
                        .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
                        .sum();
        assertEquals(321, parameters / 1e9, 0.5);
    }
}
