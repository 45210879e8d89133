package io.step3.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.SafetensorsFile;
import io.step3.ops.BackendLoader;
import io.step3.ops.Buffer;
import io.step3.ops.Stream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionEmbeddingTest {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));

    @ParameterizedTest(name = "pictures of {0} pixels")
    @ValueSource(ints = {96, 64})
    void theGridIsResizedAsTheGoldenFileSays(int pixels) {
        try (BackendLoader.Choice choice = BackendLoader.load();
                Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("checkpoints/a"));
                Arena arena = Arena.ofShared();
                Stream stream = choice.backend().newStream()) {
            var vision = checkpoint.config().vision().orElseThrow();
            int width = vision.hiddenSize();
            var positions =
                    PositionEmbedding.read(
                            choice.backend(),
                            choice.backend()
                                    .hold(
                                            checkpoint
                                                    .tensors()
                                                    .weight(
                                                            "vision_model.embeddings.position_embedding.weight",
                                                            1L + vision.grid() * vision.grid(),
                                                            width)));
            Buffer resized =
                    positions.resized(choice.backend(), arena, pixels / vision.patchSize());
            // The class token leads four times here, once in the golden file.
            long repeated = (VisionGeometry.LEADING - 1L) * width * Float.BYTES;
            float[] expected =
                    SafetensorsFile.open(GOLDEN.resolve("vision/a.safetensors"), arena)
                            .tensor("position." + pixels)
                            .data()
                            .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            assertArrayEquals(
                    expected,
                    stream.view(resized.slice(repeated)).toArray(ValueLayout.JAVA_FLOAT),
                    1e-6f);
        }
    }
}
