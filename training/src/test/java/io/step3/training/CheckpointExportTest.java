package io.step3.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Lessons;
import io.step3.training.tokenizer.BpeTokenizer;
import io.step3.training.tokenizer.BpeTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is exported is what the training ended with, rounded as the training rounds it. */
class CheckpointExportTest {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    @TempDir static Path folder;
    private static final NetworkSizes CONFIG = Recipe.named("tiny").network();
    private static final Parameters PARAMETERS = new Parameters(CONFIG);
    private static final float[] WEIGHTS = PARAMETERS.initial(3);

    @BeforeAll
    static void export() throws IOException {
        var trainer = new BpeTrainer();
        var lessons = new Lessons(Lessons.Split.TRAINING, 2);
        for (int i = 0; i < 2500; i++) {
            Lesson lesson = lessons.lesson(i, 1);
            trainer.add(lesson.messages().getLast().text() + "\n" + lesson.reasoning());
        }
        BpeTokenizer tokenizer = trainer.train(CONFIG.vocabulary());
        new CheckpointExport(CONFIG, PARAMETERS).write(folder, WEIGHTS, tokenizer);
    }

    @Test
    void theWeightsAreTheRoundedWeights() throws IOException {
        float[] read = CheckpointWeights.read(folder, PARAMETERS);
        float[] rounding = new StoredPrecision(PARAMETERS).rounding(WEIGHTS);
        var expected = new float[WEIGHTS.length];
        // What reads landmarks is not of the network, so no checkpoint has it.
        for (Parameters.Part part : PARAMETERS.parts()) {
            int from = (int) part.offset();
            for (int i = from; i < from + part.shape().size(); i++) {
                expected[i] = WEIGHTS[i] + rounding[i];
            }
        }
        assertArrayEquals(expected, read, 1e-7f);
    }

    @Test
    void theConfigurationReadsBack() throws IOException {
        assertEquals(CONFIG, ReadSizes.of(folder.resolve("config.json")));
    }

    @Test
    void theTensorsHaveTheNamesAndTypesOfThePublishedLayout() throws IOException {
        var golden = Safetensors.read(GOLDEN.resolve("checkpoints/b/model.safetensors"));
        Map<String, Safetensors.Tensor> own =
                Safetensors.read(folder.resolve("model.safetensors")).tensors();
        var expected = new TreeSet<String>();
        for (String name : golden.tensors().keySet()) {
            if (!name.endsWith("_scale_inv") || name.contains(".moe.")) {
                expected.add(name);
            }
        }
        assertEquals(expected, new TreeSet<>(own.keySet()));
        own.forEach(
                (name, tensor) -> {
                    boolean expert = name.contains(".moe.") && !name.contains(".moe.gate.");
                    String type = expert ? "F8_E4M3" : "BF16";
                    assertEquals(name.endsWith("_scale_inv") ? "F32" : type, tensor.type(), name);
                    assertEquals(
                            golden.tensors().get(name).shape().length, tensor.shape().length, name);
                });
    }

    @Test
    void theFilesAreThoseOfAPublishedCheckpointAndSmall() throws IOException {
        long total = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                total += Files.size(file);
            }
        }
        assertTrue(total < 12_000_000, total + " bytes");
        try (Stream<Path> files = Files.list(GOLDEN.resolve("checkpoints/b"))) {
            for (Path file : files.toList()) {
                assertTrue(Files.exists(folder.resolve(file.getFileName())), file.toString());
            }
        }
    }

    @Test
    void theChatTemplateIsThePublishedOne() throws IOException {
        String own = Files.readString(folder.resolve("tokenizer_config.json"));
        String golden = Files.readString(GOLDEN.resolve("checkpoints/b/tokenizer_config.json"));
        assertEquals(template(golden), template(own));
    }

    private static String template(String json) {
        return com.google.gson.JsonParser.parseString(json)
                .getAsJsonObject()
                .get("chat_template")
                .getAsString();
    }
}
