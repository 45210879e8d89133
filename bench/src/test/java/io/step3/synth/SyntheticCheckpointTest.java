package io.step3.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.SamplingOptions;
import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.CheckpointException;
import io.step3.checkpoint.DType;
import io.step3.checkpoint.Step3Tensor;
import io.step3.generate.Step3;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticCheckpointTest {

    private static final SyntheticCheckpoint.Progress SILENT = (_, _) -> {};

    @TempDir Path folder;

    /** The published model's config with widths that a test can write. */
    private static JsonObject small(int layers, DType weights, boolean sees) {
        var dense = SyntheticModel.publishedDense(layers);
        var config = new SyntheticModel(layers, dense, weights, 4, sees, 1).config();
        JsonObject text = sees ? config.getAsJsonObject("text_config") : config;
        text.addProperty("vocab_size", 1024);
        text.addProperty("hidden_size", 200);
        text.addProperty("intermediate_size", 260);
        text.addProperty("num_attention_heads", 3);
        text.addProperty("head_dim", 16);
        text.addProperty("share_q_dim", 40);
        text.addProperty("moe_intermediate_size", 136);
        text.addProperty("share_expert_dim", 72);
        text.addProperty("max_position_embedding", 512);
        if (sees) {
            JsonObject vision = config.getAsJsonObject("vision_config");
            vision.addProperty("hidden_size", 64);
            vision.addProperty("intermediate_size", 96);
            vision.addProperty("output_hidden_size", 48);
            vision.addProperty("num_hidden_layers", 3);
            vision.addProperty("num_attention_heads", 4);
            vision.addProperty("image_size", 112);
        }
        return config;
    }

    @Test
    void whatIsWrittenLoadsAndAnswersThroughAllLayersOfThePublishedModel() throws IOException {
        for (DType weights : List.of(DType.F8_E4M3, DType.BF16)) {
            Path model = folder.resolve(weights.name());
            new SyntheticCheckpoint(small(61, weights, false), weights, 5, model).write(SILENT);
            try (Step3 step3 = Step3.load(model)) {
                var request =
                        ChatRequest.builder()
                                .user("What is this?")
                                .sampling(
                                        SamplingOptions.builder().minTokens(8).maxTokens(8).build())
                                .build();
                // A logit that is no number would be refused.
                var response = ChatResponse.of(step3.chat(request)).complete();
                assertEquals(8, response.usage().completionTokens());
            }
        }
    }

    @Test
    void aModelThatSeesHasEveryTensorOfTheTable() throws IOException {
        new SyntheticCheckpoint(small(6, DType.F8_E4M3, true), DType.F8_E4M3, 5, folder)
                .write(SILENT);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            var config = checkpoint.config();
            for (Step3Tensor tensor : Step3Tensor.values()) {
                if (tensor != Step3Tensor.PROJECTOR_BIAS) {
                    tensor.part()
                            .layers(config)
                            .forEach(
                                    layer ->
                                            assertEquals(
                                                    tensor.shape(config),
                                                    checkpoint
                                                            .tensors()
                                                            .info(tensor.name(layer))
                                                            .shape()));
                }
            }
        }
    }

    @Test
    void aWritingThatWasInterruptedAnywhereGoesOnToTheSameBytes() throws IOException {
        var config = small(5, DType.F8_E4M3, false);
        Path whole = folder.resolve("whole");
        long[] size = new long[1];
        new SyntheticCheckpoint(config, DType.F8_E4M3, 7, whole)
                .write((bytes, all) -> size[0] = all);
        long seed = 20261128;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < 5; round++) {
            Path torn = folder.resolve("torn" + round);
            long end = random.nextLong(size[0]);
            var writing = new SyntheticCheckpoint(config, DType.F8_E4M3, 7, torn);
            assertThrows(
                    CancellationException.class,
                    () ->
                            writing.write(
                                    (bytes, _) -> {
                                        if (bytes > end) {
                                            throw new CancellationException();
                                        }
                                    }));
            assertThrows(CheckpointException.class, () -> Checkpoint.open(torn).close());
            Files.writeString(
                    torn.resolve(".model-00001-of-00001.safetensors.x.part"), "of a killed writer");
            writing.write(SILENT);
            for (Path file : files(whole)) {
                assertArrayEquals(
                        Files.readAllBytes(file),
                        Files.readAllBytes(torn.resolve(file.getFileName())),
                        file.toString());
            }
            assertEquals(files(whole).size(), files(torn).size());
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void nothingElseInTheFolderIsTouched() throws IOException {
        var config = small(2, DType.BF16, false);
        new SyntheticCheckpoint(config, DType.BF16, 1, folder).write(SILENT);
        var other = new SyntheticCheckpoint(config, DType.BF16, 2, folder);
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> other.write(SILENT))
                        .getMessage()
                        .contains("another synthetic model"));
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("letter.txt"), "mine");
        var there = new SyntheticCheckpoint(config, DType.BF16, 1, full);
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> there.write(SILENT))
                        .getMessage()
                        .endsWith("is not empty: name a new folder"));
        assertEquals(1, files(full).size());
    }

    @Test
    void aDiskThatIsTooSmallIsRefusedBeforeAnythingIsWritten() throws IOException {
        var config = small(1, DType.BF16, false);
        config.addProperty("vocab_size", 1 << 24);
        config.addProperty("hidden_size", 1 << 20);
        Path huge = folder.resolve("huge");
        var writing = new SyntheticCheckpoint(config, DType.BF16, 1, huge);
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> writing.write(SILENT))
                        .getMessage()
                        .contains("GB are to be written"));
        assertFalse(Files.exists(huge));
    }

    @Test
    void layersAreThoseOfThePublishedModelUnlessSaid() {
        assertEquals(new TreeSet<>(List.of(0, 1, 2, 3, 60)), SyntheticModel.publishedDense(61));
        assertEquals(new TreeSet<>(List.of(0, 1, 2, 3)), SyntheticModel.publishedDense(5));
        assertEquals(new TreeSet<>(List.of(0)), SyntheticModel.publishedDense(3));
        assertTrue(SyntheticModel.publishedDense(1).isEmpty());
        assertThrows(
                IllegalArgumentException.class,
                () -> new SyntheticModel(2, new TreeSet<>(List.of(2)), DType.BF16, 4, false, 1));
        assertThrows(
                IllegalArgumentException.class,
                () -> new SyntheticModel(62, new TreeSet<>(), DType.BF16, 4, false, 1));
    }
}
